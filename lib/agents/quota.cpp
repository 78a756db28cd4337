#include "agents/quota.hpp"

#include "base/members.hpp"

#include <algorithm>
#include <initializer_list>

namespace lanekeeper {
namespace {

using namespace std::chrono_literals;

constexpr Millis soonest = 1s;
constexpr Millis latest = std::chrono::hours{24 * 7};
constexpr Millis first_pause = 15s;
constexpr int doublings_max = 6;  // 16 min
constexpr Millis longest_pause = 15min;
constexpr std::int64_t too_many_requests = 429;
constexpr double spent_percent = 100;

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != std::string_view::npos; });
}

// {responseTooManyFailedAttempts: {httpStatusCode: 429}} and its like.
bool names_status_429(const json::object& info) {
    return std::any_of(info.begin(), info.end(), [](const auto& member) {
        const auto* about = member.value().if_object();
        return about && members::integer(*about, "httpStatusCode") == too_many_requests;
    });
}

Millis pause_after(int met_before) {
    return std::min(first_pause * (1 << std::clamp(met_before, 0, doublings_max)), longest_pause);
}

}  // namespace

bool is_quota(const json::object& error) {
    const auto* info = error.if_contains("codexErrorInfo");
    if (!info) return false;
    if (info->is_string()) return contains_any(info->get_string(), {"usageLimitExceeded", "rateLimitExceeded"});
    return info->is_object() && names_status_429(info->get_object());
}

bool speaks_of_quota(std::string_view words) {
    return contains_any(words, {"hit your usage limit", "Quota exceeded", "rate limit exceeded", "Rate limit reached",
                                "last status: 429"});
}

void RateLimits::hear(const RuntimeNotice& notice, MonoTime now) {
    if (notice.method != "account/rateLimits/updated") return;
    const auto* limits = members::object(notice.params, "rateLimits");
    if (!limits) return;
    auto limit = members::text(*limits, "limitId");
    for (const char* name : {"primary", "secondary"}) {
        const auto* window = members::object(*limits, name);
        if (!window) continue;  // says nothing of it
        const auto* used = window->if_contains("usedPercent");
        bool spent = used && used->is_number() && used->to_number<double>() >= spent_percent;
        auto resets_at = members::integer(*window, "resetsAt");
        if (spent && resets_at > 0) spent_[limit + "/" + name] = {from_ms(resets_at * 1000), now};
        else spent_.erase(limit + "/" + name);
    }
}

std::optional<WallTime> RateLimits::reset(MonoTime since) const {
    std::optional<WallTime> reset;
    for (const auto& [name, window] : spent_)
        if (window.told_at >= since && (!reset || window.resets_at > *reset)) reset = window.resets_at;
    return reset;
}

WallTime quota_over(const QuotaNews& news, WallTime now) {
    auto until = named_span(news.words, now);
    if (!until) until = news.window;
    if (!until) until = named_time(news.words, now);
    if (!until) until = now + pause_after(news.met_before);
    return std::clamp(*until, now + soonest, now + latest);
}

}  // namespace lanekeeper

#include "jobs/executors/http_end.hpp"

#include "base/text.hpp"
#include "jobs/executors/bounds.hpp"
#include "jobs/executors/work_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace lanekeeper {
namespace {

[[noreturn]] void fatal(std::string error) { throw JobFailure(ErrorClass::fatal, std::move(error)); }

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return {};
    return value;
}

/// "Tue, 14 Nov 2023 22:13:20 GMT", the one form that is sent today (RFC 9110 5.6.7).
std::optional<WallTime> read_date(std::string_view text) {
    using namespace std::chrono;
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != 29 || !text.ends_with(" GMT") || text[3] != ',') return {};
    auto month_at = months.find(text.substr(8, 3));
    auto day_ = number(text.substr(5, 2)), year_ = number(text.substr(12, 4)), hour = number(text.substr(17, 2)),
         minute = number(text.substr(20, 2)), second = number(text.substr(23, 2));
    bool read = month_at != months.npos && month_at % 3 == 0 && day_ && year_ && hour && minute && second;
    if (!read || *hour > 23 || *minute > 59 || *second > 60) return {};
    year_month_day date{year(int(*year_)), month(unsigned(month_at / 3 + 1)), day(unsigned(*day_))};
    if (!date.ok()) return {};
    return sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
}

bool is_redirect(int status) {
    constexpr std::array redirects = {301, 302, 303, 307, 308};
    return std::find(redirects.begin(), redirects.end(), status) != redirects.end();
}

Redirect follow(const HttpUrl& from, const HttpAnswer& answer, int redirects) {
    if (!answer.location) fatal(fmt::format("http_redirect_refused: {} without a Location", answer.status));
    auto where = first_said(*answer.location);
    auto url = resolve_http_url(from, *answer.location);
    if (!url) fatal(fmt::format("http_redirect_refused: {}: {}", where, url.error().message));
    if (!url->same_place(from)) fatal(fmt::format("http_redirect_refused: {}: another host or port", where));
    if (redirects >= limits::executor_redirects)
        fatal(fmt::format("http_redirect_refused: {}: more than {} redirects", where, limits::executor_redirects));
    Redirect redirect;
    redirect.url = *url;
    redirect.only_get = answer.status == 303;
    return redirect;
}

std::string status_text(const HttpAnswer& answer) {
    auto text = fmt::format("{}{}{}", answer.status, answer.reason.empty() ? "" : " ", first_said(answer.reason));
    auto said = first_said(answer.body);
    return said.empty() ? text : text + ": " + said;
}

}  // namespace

std::optional<WallTime> read_retry_after(std::string_view text, WallTime now) {
    constexpr std::int64_t longest = 10LL * 365 * 86'400;
    text = trimmed(text);
    auto pause = number(text);
    if (!pause) return read_date(text);
    return now + std::chrono::seconds(std::min(*pause, longest));
}

std::variant<RunOutcome, Redirect> http_end(const HttpUrl& from, const HttpAnswer& answer, int redirects, WallTime now) {
    int status = answer.status;
    if (is_redirect(status)) return follow(from, answer, redirects);
    if (status >= 200 && status < 300) {
        if (answer.too_large) fatal("response_too_large: the answer is larger than maxResponseBytes");
        return RunOutcome(work_result(answer.body));
    }
    bool busy = status == 429 || status == 503;
    auto until = busy && answer.retry_after ? read_retry_after(*answer.retry_after, now) : std::nullopt;
    if (until) return RunOutcome(SnoozedRun(std::max(*until, now + limits::executor_busy_min), "http_status: " + status_text(answer)));
    bool again = status == 408 || busy || status >= 500;
    throw JobFailure(again ? ErrorClass::retryable : ErrorClass::fatal, "http_status: " + status_text(answer));
}

}  // namespace lanekeeper

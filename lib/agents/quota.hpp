#pragma once
#include "base/time.hpp"
#include "runtime/runtime.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lanekeeper {

// Quota and rate limits: "not now" rather than "not at all" (runtime.md 2, Turns). The app server says when it goes on in
// up to three places, of which any may be missing: {account/rateLimits/updated} before the turn fails, and in words, "try
// again in 11.054s" or "try again at 3:54 PM", the latter in its own local time, which is ours.

/// Whether a failed turn's error means that: {message, codexErrorInfo: "usageLimitExceeded" or {…: {httpStatusCode: 429}}}.
bool is_quota(const json::object& error);
/// The same from its words alone, where nothing else was kept.
bool speaks_of_quota(std::string_view words);

/// "in" so long, as a time.
std::optional<WallTime> named_span(std::string_view words, WallTime now);
/// "at" a time of day, of today unless a date is said too. The end of that minute; it may have passed.
std::optional<WallTime> named_time(std::string_view words, WallTime now);

/// The account's windows that are used up, as the runtime tells.
class RateLimits {
public:
    void hear(const RuntimeNotice& notice, MonoTime now);
    /// When the last of them opens again, of what was told since then.
    std::optional<WallTime> reset(MonoTime since) const;

private:
    struct Window {
        WallTime resets_at{};
        MonoTime told_at{};
    };
    std::map<std::string, Window> spent_;
};

/// What is known of a limit that was met.
struct QuotaNews {
    QuotaNews() = default;
    std::string words;                 // of the error
    std::optional<WallTime> window;    // `RateLimits::reset`
    int met_before = 0;                // how often in a row
};

/// When to try again: as was named, 1 s to 7 days from now; where nothing was, 15 s, doubling to 15 min.
WallTime quota_over(const QuotaNews& news, WallTime now);

}  // namespace lanekeeper

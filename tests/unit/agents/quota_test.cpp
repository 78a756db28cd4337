#include "agents/quota.hpp"

#include "support/catch.hpp"
#include "turn_rig.hpp"

#include <cstdlib>
#include <ctime>
#include <random>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

const WallTime now = from_ms(1'795'359'264'000);  // 2026-11-22 14:54:24 UTC

struct InUtc {
    InUtc() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
    }
    ~InUtc() {
        ::unsetenv("TZ");
        ::tzset();
    }
};

std::optional<Millis> span(std::string_view words) {
    auto until = named_span(words, now);
    if (!until) return {};
    return *until - now - 1ms;
}

RuntimeNotice limits_told(const char* text) {
    return RuntimeNotice("account/rateLimits/updated", json::object{{"rateLimits", json::parse(text)}});
}

QuotaNews news(std::string words, int met_before = 0) {
    QuotaNews news;
    news.words = std::move(words);
    news.met_before = met_before;
    return news;
}

bool quota(const char* text) { return is_quota(json::parse(text).as_object()); }

}  // namespace

TEST_CASE("quota and rate limits are told from other failures") {
    CHECK(quota(R"({"codexErrorInfo":"usageLimitExceeded"})"));
    CHECK(quota(R"({"codexErrorInfo":"rateLimitExceeded"})"));
    CHECK(quota(R"({"codexErrorInfo":{"responseTooManyFailedAttempts":{"httpStatusCode":429}}})"));
    CHECK_FALSE(quota(R"({"codexErrorInfo":{"responseTooManyFailedAttempts":{"httpStatusCode":500}}})"));
    CHECK_FALSE(quota(R"({"codexErrorInfo":{"httpConnectionFailed":null}})"));
    CHECK_FALSE(quota(R"({"codexErrorInfo":"serverOverloaded"})"));
    CHECK_FALSE(quota(R"({"codexErrorInfo":null})"));
    CHECK_FALSE(quota("{}"));
    CHECK(speaks_of_quota("You’ve hit your usage limit. Try again later."));
    CHECK(speaks_of_quota("exceeded retry limit, last status: 429 Too Many Requests"));
    CHECK_FALSE(speaks_of_quota("exceeded retry limit, last status: 503"));
}

TEST_CASE("a span that an error names is understood") {
    CHECK(span("rate limit exceeded: Used 22999. Please try again in 11.054s. Visit") == 11054ms);
    CHECK(span("try again in 898ms.") == 898ms);
    CHECK(span("try again in 6m0s") == 6min);
    CHECK(span("try again in 1 day 3 hours 5 minutes.") == 24h + 3h + 5min);
    CHECK(span("try again in 2 weeks") == 14 * 24h);
    CHECK_FALSE(span("try again later"));
    CHECK_FALSE(span("try again in a while"));
    CHECK_FALSE(span("try again in -5s"));
    CHECK_FALSE(span("try again in 5 parsecs"));
    CHECK(span("try again in 1e300 days"));
}

TEST_CASE("a time that an error names is understood, in local time, today's where no date is said") {
    InUtc here;
    CHECK(named_time("Visit https://x or try again at 3:54 PM.", now) == from_ms(1'795'362'840'000 + 60'000));
    CHECK(named_time("try again at Nov 24th, 2026 4:54 PM.", now) == from_ms(1'795'539'240'000 + 60'000));
    CHECK(named_time("try again at 12:05 AM", now) < now);
    CHECK_FALSE(named_time("try again at noon", now));
    CHECK_FALSE(named_time("try again at Foo 24th, 2026 4:54 PM.", now));
    CHECK_FALSE(named_time("try again at 25:00", now));
    CHECK_FALSE(named_time("try again later", now));
}

TEST_CASE("windows that are used up say when they open, of what was told since then") {
    RateLimits account;
    const MonoTime t = MonoTime{} + 1h;
    CHECK_FALSE(account.reset(t));
    account.hear(limits_told(R"({"limitId":"codex","primary":{"usedPercent":100,"resetsAt":1795362863},"secondary":{"usedPercent":30,"resetsAt":1795999999}})"), t);
    CHECK(account.reset(t) == from_ms(1'795'362'863'000));
    CHECK_FALSE(account.reset(t + 1ms));
    // An update that says nothing of a window leaves it as it was; one that says more room frees it.
    account.hear(limits_told(R"({"limitId":"codex","primary":null})"), t + 1s);
    CHECK(account.reset(t));
    account.hear(limits_told(R"({"limitId":"codex","primary":{"usedPercent":3,"resetsAt":1795362863}})"), t + 2s);
    CHECK_FALSE(account.reset(t));
    account.hear(limits_told(R"({"limitId":"codex","primary":{"usedPercent":"odd","resetsAt":"odd"}})"), t + 2s);
    account.hear(RuntimeNotice("account/rateLimits/updated", {}), t);
    CHECK_FALSE(account.reset(t));
}

TEST_CASE("a limit ends when it was named to end, within bounds, else after a pause that doubles") {
    InUtc here;
    CHECK(quota_over(news("try again in 30s"), now) == now + 30s + 1ms);
    CHECK(quota_over(news("try again in 0s"), now) == now + 1s);
    CHECK(quota_over(news("try again in 30 days"), now) == now + 7 * 24h);
    CHECK(quota_over(news("try again at 12:05 AM"), now) == now + 1s);
    auto windowed = news("You’ve hit your usage limit. Try again later.");
    windowed.window = now + 1h;
    CHECK(quota_over(windowed, now) == now + 1h);
    CHECK(quota_over(news("Quota exceeded."), now) == now + 15s);
    CHECK(quota_over(news("Quota exceeded.", 1), now) == now + 30s);
    CHECK(quota_over(news("Quota exceeded.", 5), now) == now + 8min);
    CHECK(quota_over(news("Quota exceeded.", 60), now) == now + 15min);
}

TEST_CASE("whatever words an error has, the pause has its bounds") {
    std::mt19937 random(20261122);
    const std::vector<std::string> pieces{"try again in ", "try again at ", "3:54", " PM", "Nov ", "24th, ", "2026", "9e9", "s", "h ", "-", ".", "\xff", " days"};
    for (int round = 0; round < 3000; ++round) {
        std::string words;
        for (auto n = random() % 9; n > 0; --n) words += pieces[random() % pieces.size()];
        INFO(words);
        auto until = quota_over(news(words, int(random() % 100)), now);
        CHECK((until >= now + 1s && until <= now + 7 * 24h));
    }
}

TEST_CASE("a turn that meets a limit puts its job off and says why") {
    scripted::TurnScript script;
    script.end = scripted::TurnScript::End::fail;
    script.error = "rate limit exceeded: Please try again in 11s.";
    script.silent = true;  // only its words are known
    TurnRig rig(script);
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->end == TurnResult::End::not_now);
    CHECK(rig.result->snooze.reason == "quota: " + script.error);
    CHECK(rig.result->snooze.until == rig.stage.time.wall() + 11s + 1ms);
}

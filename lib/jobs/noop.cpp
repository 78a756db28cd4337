#include "jobs/noop.hpp"

#include "base/members.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::int64_t longest_sleep_ms = 24 * 3600 * 1000;
constexpr Millis beat_interval{500};  // a health check is a second at least

Schema payload_schema() {
    return Schema::object({
        optional_field("sleepMs", Schema::integer(0, longest_sleep_ms)),
        optional_field("fail", Schema::word({"retryable", "fatal"})),
        optional_field("ignoreCancel", Schema::boolean()),
        optional_field("silent", Schema::boolean().described("gives no sign of life while it sleeps")),
        optional_field("onShutdown", Schema::word({"requeue", "cancel"})),
        optional_field("priority", Schema::word({"interactive", "background"})),
        optional_field("result", Schema::open_object({})),
    });
}

std::optional<std::string> word(const json::object& payload, const char* name) {
    const auto* member = payload.if_contains(name);
    if (!member) return {};
    return std::string(member->as_string());
}

std::optional<int> priority_of(const json::object& payload) {
    auto chosen = word(payload, "priority");
    if (!chosen) return {};
    return *chosen == "interactive" ? interactive_priority : background_priority;
}

std::optional<OnShutdown> on_shutdown_of(const json::object& payload) {
    auto chosen = word(payload, "onShutdown");
    if (!chosen) return {};
    return *chosen == "cancel" ? OnShutdown::cancel : OnShutdown::requeue;
}

/// With a sign of life now and then, unless it is to be silent.
Task<void> sleep_in_naps(std::shared_ptr<RunContext> context, MonoTime until, bool silent) {
    auto nap = silent ? std::chrono::duration_cast<Millis>(until - context->time().mono()) + Millis{1} : beat_interval;
    for (auto now = context->time().mono(); now < until; now = context->time().mono()) {
        auto next = std::min(until, now + nap);
        co_await sleep_until(context->time(), next);
        if (!silent) context->beat();
    }
}

// Sleeps through the first signal that would end it, like work that does not listen; a second one ends it all the same.
Task<void> sleep_stubbornly(std::shared_ptr<RunContext> context, MonoTime until, bool silent) {
    bool disturbed = false;
    try {
        co_await sleep_in_naps(context, until, silent);
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted) throw;
        disturbed = true;
    }
    if (!disturbed) co_return;
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_await sleep_in_naps(context, until, silent);
}

Task<void> sleep_politely(std::shared_ptr<RunContext> context, MonoTime until, bool silent) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await sleep_in_naps(context, until, silent);
}

Task<RunOutcome> run(std::shared_ptr<RunContext> context, json::object payload) {
    if (const auto* sleep = payload.if_contains("sleepMs")) {
        auto until = context->time().mono() + Millis{sleep->to_number<std::int64_t>()};
        const auto* ignores = payload.if_contains("ignoreCancel");
        bool stubborn = ignores && ignores->as_bool();
        bool silent = members::flag(payload, "silent");
        auto sleeping = stubborn ? sleep_stubbornly(context, until, silent) : sleep_politely(context, until, silent);
        co_await std::move(sleeping);
    }
    auto fail = word(payload, "fail");
    if (fail == "fatal") throw JobFailure(ErrorClass::fatal, "noop_failed: as asked");
    if (fail == "retryable") throw JobFailure(ErrorClass::retryable, "noop_failed: as asked");
    const auto* result = payload.if_contains("result");
    CompletedRun completed(result ? result->as_object() : json::object{});
    co_return completed;
}

}  // namespace

Definition noop_definition() {
    Definition definition;
    definition.type = "noop";
    definition.priority = background_priority;
    definition.payload_schema = payload_schema();
    definition.result_schema = Schema::open_object({});
    definition.retry.backoff = Backoff::fixed(Millis{100});
    definition.timeout = Millis{0};
    definition.cancel = {CancelStrategy::interrupt_turn, Millis{1500}};
    definition.on_shutdown = OnShutdown::requeue;
    definition.api_trigger = true;
    definition.beats = true;
    definition.priority_of = priority_of;
    definition.on_shutdown_of = on_shutdown_of;
    definition.run = run;
    return definition;
}

}  // namespace lanekeeper

#pragma once
#include "base/members.hpp"
#include "events/hub.hpp"
#include "queue/definition.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace lanekeeper::testing {

/// What the outside saw of runs.
struct Watch {
    std::vector<std::string> starts;  // "owner/name", in order
    std::map<std::string, int> running;
    int running_now = 0;
    int most_at_once = 0;
    int most_in_a_lane = 0;
    int late_writes = 0;   // writes after the attempt was given up, refused
    int ended = 0;         // runs that came to their end, whichever

    void begin(const std::string& owner, const std::string& name) {
        starts.push_back(owner + "/" + name);
        most_at_once = std::max(most_at_once, ++running_now);
        most_in_a_lane = std::max(most_in_a_lane, ++running[owner]);
    }
    void end(const std::string& owner) {
        --running_now;
        --running[owner];
        ++ended;
    }
    int starts_of(const std::string& start) const { return int(std::count(starts.begin(), starts.end(), start)); }
};

/// Keeps all events that a subscriber gets.
class HeardEvents final : public EventSink {
public:
    struct Heard {
        std::int64_t seq;
        std::string type;
        json::object payload;
        std::optional<std::string> thread_id;
        std::string job_id;  // of an event of the pool
    };
    std::vector<Heard> events;

    void push(const SharedEvent& shared) override {
        auto envelope = json::parse(*shared.envelope).as_object();
        events.push_back({shared.seq, shared.event->type, envelope.at("payload").as_object(), shared.event->thread_id,
                          members::text(envelope, "jobId")});
    }
    /// The types of one job's events, without their common beginning.
    std::vector<std::string> of(const Job& job) const {
        std::vector<std::string> types;
        for (const auto& event : events)
            if (members::text(event.payload, "jobId") == job.id())
                types.push_back(event.type.substr(std::string_view("orchestrator_job_").size()));
        return types;
    }
};

class WatchedRun {
public:
    WatchedRun(std::shared_ptr<Watch> watch, const Job& job, const std::string& name)
        : watch_(std::move(watch)), owner_(job.owner) {
        watch_->begin(owner_, name);
    }
    ~WatchedRun() { watch_->end(owner_); }
    WatchedRun(const WatchedRun&) = delete;
    WatchedRun& operator=(const WatchedRun&) = delete;

private:
    std::shared_ptr<Watch> watch_;
    std::string owner_;
};

inline Task<RunOutcome> work_outcome(std::shared_ptr<RunContext> context, json::object payload) {
    auto fail = members::text(payload, "fail");
    bool this_time = !payload.contains("failures") || context->attempt() <= members::integer(payload, "failures");
    if (fail == "fatal" && this_time) throw JobFailure(ErrorClass::fatal, "broken: on purpose");
    if (fail == "retryable" && this_time) throw JobFailure(ErrorClass::retryable, "flaky: on purpose");
    if (fail == "exception" && this_time) throw std::runtime_error("unexpected");
    if (fail == "odd" && this_time) throw 42;
    bool snoozes = payload.contains("snoozeMs") && context->run() == 1;
    RunOutcome outcome = CompletedRun(json::object{{"run", context->run()}});
    if (snoozes) outcome = SnoozedRun(context->time().wall() + Millis{members::integer(payload, "snoozeMs")}, "rate_limit");
    co_return outcome;
}

/// payload: {name, ms, fail: fatal|retryable|exception|odd, failures (only the first so many), snoozeMs (first run),
/// beatMs (how often it shows that it lives while it takes `ms`, which that divides),
/// turn (a running context), row (a sink row with that key, at the start and the end), progress, deaf: true (to
/// everything) | "total"}
inline Task<RunOutcome> scripted_work(std::shared_ptr<Watch> watch, std::shared_ptr<RunContext> context, json::object payload) {
    WatchedRun run(watch, context->job(), members::text(payload, "name"));
    bool deaf = members::flag(payload, "deaf"), half_deaf = members::text(payload, "deaf") == "total";
    if (deaf) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    else if (!half_deaf) co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto turn = members::text(payload, "turn"), row = members::text(payload, "row");
    if (!turn.empty()) {
        RunningContext running{"thread", turn};
        co_await context->set_running_context(std::move(running));
    }
    if (payload.contains("progress")) {
        json::value progress = payload.at("progress");
        co_await context->report_progress(std::move(progress));
    }
    auto ms = Millis{members::integer(payload, "ms")};
    auto nap = payload.contains("beatMs") ? Millis{members::integer(payload, "beatMs")} : ms;
    for (; ms.count() > 0; ms -= nap) {
        co_await pause_for(context->time(), nap);
        if (payload.contains("beatMs")) context->beat();
    }
    if (!row.empty()) {
        Effects effects;
        effects.puts.emplace_back("row", "sink", row, json::object{{"run", context->run()}});
        try {
            auto writing = context->commit(std::move(effects));
            co_await std::move(writing);
        } catch (const StaleRun&) {
            ++watch->late_writes;
            throw;
        }
    }
    auto ending = work_outcome(context, std::move(payload));
    auto outcome = co_await std::move(ending);
    co_return outcome;
}

inline std::optional<int> work_priority(const json::object& payload) {
    if (payload.contains("priority")) return int(members::integer(payload, "priority"));
    return {};
}

/// A job type that does what its payload says. Fixed backoff of one second, background, requeued by a shutdown.
inline Definition work_definition(std::shared_ptr<Watch> watch, std::string type) {
    Definition definition;
    definition.type = std::move(type);
    definition.payload_schema = Schema::open_object({});
    definition.retry.backoff = Backoff::fixed(Millis{1000});
    definition.api_trigger = true;
    definition.priority_of = work_priority;
    definition.run = [watch](std::shared_ptr<RunContext> context, json::object payload) {
        return scripted_work(watch, std::move(context), std::move(payload));
    };
    return definition;
}

}  // namespace lanekeeper::testing

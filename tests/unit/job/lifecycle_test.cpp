#include "job/lifecycle.hpp"
#include "support/catch.hpp"

#include <functional>
#include <map>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

const WallTime t0 = from_ms(1'800'000'000'000);

Job a_job(JobState state) {
    Job job;
    job.key = 7;
    job.type = "noop";
    job.owner = "p1";
    job.state = state;
    job.max_attempts = 3;
    job.created_at = t0;
    return job;
}

Job started() { return lifecycle::start(a_job(JobState::queued), t0 + 1s, json::object{{"rule", "priority"}}).next; }

const std::map<JobEvent, std::function<Transition(const Job&)>> every_event = {
    {JobEvent::promote, [](const Job& job) { return lifecycle::promote(job, t0); }},
    {JobEvent::start, [](const Job& job) { return lifecycle::start(job, t0, nullptr); }},
    {JobEvent::report, [](const Job& job) { return lifecycle::set_progress(job, 1); }},
    {JobEvent::complete, [](const Job& job) { return lifecycle::complete(job, t0, {}, nullptr); }},
    {JobEvent::fail, [](const Job& job) { return lifecycle::fail(job, t0, "x"); }},
    {JobEvent::retry, [](const Job& job) { return lifecycle::retry(job, t0, "x", t0); }},
    {JobEvent::snooze, [](const Job& job) { return lifecycle::snooze(job, t0, "x"); }},
    {JobEvent::recover, [](const Job& job) { return lifecycle::recover(job, "x", false); }},
    {JobEvent::requeue, [](const Job& job) { return lifecycle::requeue(job, "x", true); }},
    {JobEvent::cancel, [](const Job& job) { return lifecycle::cancel(job, t0, "x"); }},
    {JobEvent::expire, [](const Job& job) { return lifecycle::expire(job, t0, "x"); }},
    {JobEvent::operator_retry, [](const Job& job) { return lifecycle::operator_retry(job, t0, 2); }},
    {JobEvent::reopen, [](const Job& job) { return lifecycle::reopen(job, t0, 2); }},
};

}  // namespace

TEST_CASE("each way of changing a job asks the one table, and refuses what it does not allow") {
    for (auto state : all_job_states())
        for (auto event : all_job_events()) {
            INFO(to_word(state) << " + " << to_word(event));
            auto job = a_job(state);
            auto next = next_state(state, event);
            if (!next) {
                CHECK_THROWS_AS(every_event.at(event)(job), std::logic_error);
                continue;
            }
            auto transition = every_event.at(event)(job);
            CHECK(transition.event == event);
            CHECK(transition.from == state);
            CHECK(transition.from_run == job.run);
            CHECK(transition.next.state == *next);
            CHECK(transition.next.key == job.key);
        }
}

TEST_CASE("a start spends an attempt, takes the next run and forgets the last attempt's traces") {
    auto job = a_job(JobState::queued);
    job.run = 4;
    job.attempts = 1;
    job.next_attempt_at = t0;
    job.progress = 50;
    job.started_at = t0 - 1h;
    auto next = lifecycle::start(job, t0 + 2s, json::object{{"rule", "aged"}}).next;
    CHECK(next.run == 5);
    CHECK(next.attempts == 2);
    CHECK(next.last_attempt_at == t0 + 2s);
    CHECK(next.started_at == t0 - 1h);
    CHECK_FALSE(next.next_attempt_at);
    CHECK(next.progress.is_null());
    CHECK(next.dispatch.at("rule") == "aged");
}

TEST_CASE("a completed job has its result, its time, no error and no turn") {
    auto job = started();
    job.error = "timeout";
    job.running = RunningContext{"thread", "turn"};
    auto next = lifecycle::complete(job, t0 + 5s, json::object{{"ok", true}}, json::object{{"tokens", 3}}).next;
    CHECK(next.result->at("ok") == true);
    CHECK(next.token_usage.at("tokens") == 3);
    CHECK(next.completed_at == t0 + 5s);
    CHECK_FALSE(next.error);
    CHECK(next.running == RunningContext{});
}

TEST_CASE("a retry keeps the attempt spent, a snooze and a clean shutdown give it back, and no run is ever given back") {
    auto job = started();
    auto retried = lifecycle::retry(job, t0, "timeout", t0 + 9s).next;
    CHECK(retried.attempts == 1);
    CHECK(retried.next_attempt_at == t0 + 9s);
    CHECK(retried.error == "timeout");
    auto snoozed = lifecycle::snooze(job, t0 + 1h, "rate_limit").next;
    CHECK(snoozed.attempts == 0);
    CHECK(snoozed.next_attempt_at == t0 + 1h);
    CHECK(lifecycle::requeue(job, "shutdown", true).next.attempts == 0);
    CHECK(lifecycle::requeue(job, "shutdown_timeout", false).next.attempts == 1);
    for (const auto& next : {retried, snoozed}) {
        CHECK(next.run == 1);
        CHECK_FALSE(next.completed_at);
    }
}

TEST_CASE("a recovery gives an attempt back at most once") {
    auto job = started();
    auto first = lifecycle::recover(job, "recovered_from_running_state", true).next;
    CHECK(first.attempts == 0);
    CHECK(first.attempt_returned);
    auto counted = lifecycle::recover(job, "recovered_from_running_state", false).next;
    CHECK(counted.attempts == 1);
    CHECK_FALSE(counted.attempt_returned);
}

TEST_CASE("the first cancel reason stands, whatever ends the job") {
    auto asked = lifecycle::ask_cancel(started(), t0 + 1s, "user").next;
    CHECK(asked.state == JobState::running);
    CHECK(asked.cancel_requested_at == t0 + 1s);
    auto again = lifecycle::ask_cancel(asked, t0 + 2s, "session_deleted").next;
    CHECK(again.cancel_reason == "user");
    CHECK(again.cancel_requested_at == t0 + 1s);
    auto ended = lifecycle::cancel(again, t0 + 3s, "interrupt_timeout").next;
    CHECK(ended.cancel_reason == "user");
    CHECK(ended.cancel_requested_at == t0 + 1s);
    CHECK(ended.error == "interrupt_timeout");
}

TEST_CASE("a canceled queued job says who asked, and when") {
    auto next = lifecycle::cancel(a_job(JobState::queued), t0 + 3s, "user").next;
    CHECK(next.cancel_reason == "user");
    CHECK(next.cancel_requested_at == t0 + 3s);
    CHECK(next.completed_at == t0 + 3s);
    CHECK(next.error == "user");
}

TEST_CASE("a person's retry is a new budget on the same run counter") {
    auto job = started();
    job.run = 3;
    job.attempts = 3;
    auto ended = lifecycle::cancel(job, t0, "user").next;
    auto next = lifecycle::operator_retry(ended, t0, 2).next;
    CHECK(next.state == JobState::queued);
    CHECK(next.attempts == 0);
    CHECK(next.max_attempts == 2);
    CHECK(next.run == 3);
    CHECK_FALSE(next.error);
    CHECK_FALSE(next.cancel_reason);
    CHECK_FALSE(next.cancel_requested_at);
    CHECK_FALSE(next.completed_at);
}

TEST_CASE("a retry by a person takes away a deadline that is over, and no other") {
    auto ended = lifecycle::expire(a_job(JobState::queued), t0, "expired").next;
    ended.expires_at = t0;
    CHECK_FALSE(lifecycle::operator_retry(ended, t0, 2).next.expires_at);
    ended.expires_at = t0 + 1s;
    CHECK(lifecycle::operator_retry(ended, t0, 2).next.expires_at == t0 + 1s);
}

#include "base/limits.hpp"
#include "queue/attempt_end.hpp"
#include "queue/outcome_unknown.hpp"
#include "support/catch.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

using How = AttemptEnd::How;
using Cause = StopCause::Kind;

const WallTime now = from_ms(1'800'000'000'000);

Job running_job(int attempts) {
    Job job;
    job.key = 9;
    job.state = JobState::running;
    job.run = 4;
    job.attempts = attempts;
    job.max_attempts = 3;
    job.last_attempt_at = now - 5s;
    return job;
}

struct Row {
    How how;
    std::optional<Cause> cause;
    JobState with_attempts_left;
    std::string error;  // of both, unless `error_when_spent` says otherwise
    JobState when_spent;
    int given_back = 0;
    std::string error_when_spent = "";
};

using enum JobState;
// queue.md 5 to 7, line by line. The runner's own words are "own", the caller's reason is "user".
const std::vector<Row> table = {
    {How::completed, {}, completed, "", completed},
    {How::snoozed, {}, queued, "snoozed: limit", queued, 1},
    {How::failed, {}, queued, "own", failed},
    {How::aborted, {}, queued, "aborted", failed},
    {How::abandoned, {}, queued, "aborted", failed},

    {How::completed, Cause::canceled, canceled, "user", canceled},
    {How::snoozed, Cause::canceled, canceled, "user", canceled},
    {How::failed, Cause::canceled, canceled, "user", canceled},
    {How::aborted, Cause::canceled, canceled, "user", canceled},
    {How::abandoned, Cause::canceled, canceled, "interrupt_timeout", canceled},

    {How::completed, Cause::timeout, completed, "", completed},
    {How::snoozed, Cause::timeout, queued, "timeout", failed},
    {How::failed, Cause::timeout, queued, "timeout", failed},
    {How::aborted, Cause::timeout, queued, "timeout", failed},
    {How::abandoned, Cause::timeout, queued, "timeout", failed},

    {How::completed, Cause::shutdown, completed, "", completed},
    {How::snoozed, Cause::shutdown, queued, "shutdown", queued, 1},
    {How::failed, Cause::shutdown, queued, "shutdown", queued, 1},
    {How::aborted, Cause::shutdown, queued, "shutdown", queued, 1},
    {How::abandoned, Cause::shutdown, queued, "shutdown_timeout", failed},
};

AttemptEnd make_end(const Row& row) {
    AttemptEnd end;
    end.how = row.how;
    end.completed = CompletedRun(json::object{{"ok", true}});
    end.snoozed = SnoozedRun(now + 1h, "limit");
    end.error = "own";
    if (row.cause) end.cause = StopCause(*row.cause, "user");
    return end;
}

EndMoment moment() {
    EndMoment moment;
    moment.now = now;
    moment.retry_delay = 7s;
    return moment;
}

}  // namespace

TEST_CASE("every way an attempt can end, under every cause, leads where the specification says") {
    Definition definition;
    for (const auto& row : table)
        for (bool spent : {false, true}) {
            INFO("how " << int(row.how) << ", cause " << (row.cause ? int(*row.cause) : -1) << ", spent " << spent);
            auto job = running_job(spent ? 3 : 1);
            auto next = decide_end(job, definition, make_end(row), moment()).next;
            CHECK(next.state == (spent ? row.when_spent : row.with_attempts_left));
            CHECK(next.error.value_or("") == row.error);
            CHECK(next.run == 4);
            bool gives_back = next.state == queued;
            CHECK(next.attempts == job.attempts - (gives_back ? row.given_back : 0));
            CHECK(next.completed_at.has_value() == is_terminal(next.state));
            bool retried = next.state == queued && row.given_back == 0 && row.cause != Cause::shutdown;
            if (retried) CHECK(next.next_attempt_at == now + 7s);
            if (next.state == completed) CHECK(next.result->at("ok") == true);
        }
}

TEST_CASE("where a shutdown cancels, everything but finished work is canceled by it") {
    Definition definition;
    definition.on_shutdown = OnShutdown::cancel;
    for (const auto& row : table) {
        if (row.cause != Cause::shutdown) continue;
        auto next = decide_end(running_job(1), definition, make_end(row), moment()).next;
        CHECK(next.state == (row.how == How::completed ? completed : canceled));
        if (next.state != canceled) continue;
        // Who asked and why is one thing, how it ended another.
        CHECK(next.cancel_reason == "shutdown");
        CHECK(next.error == (row.how == How::abandoned ? "shutdown_timeout" : "shutdown"));
    }
}

TEST_CASE("a job that goes back to its line ends instead when that was asked for, or when its time is over") {
    auto back = [](const Job& job) { return unless_unwanted(job, lifecycle::requeue(job, "claimant_gone", true), now).next; };
    auto job = running_job(1);
    CHECK(back(job).state == queued);
    job.expires_at = now;
    CHECK(back(job).state == expired);
    job.cancel_requested_at = now - 1s;
    job.cancel_reason = "user";
    CHECK(back(job).state == canceled);
    CHECK(back(job).error == "user");
    auto finished = unless_unwanted(job, lifecycle::complete(job, now, {}, {}), now);
    CHECK(finished.next.state == completed);
}

TEST_CASE("a job that is only marked canceled never timed out with it") {
    Definition definition;
    definition.cancel.strategy = CancelStrategy::mark_canceled;
    AttemptEnd end;
    end.how = How::abandoned;
    end.cause = StopCause(Cause::canceled, "user");
    CHECK(decide_end(running_job(1), definition, end, moment()).next.error == "user");
}

TEST_CASE("a cancel that was committed is kept wherever the attempt would go back to the queue") {
    Definition definition;
    for (const auto& row : table) {
        if (row.cause == Cause::canceled) continue;
        auto job = running_job(1);
        job.cancel_requested_at = now - 1s;
        job.cancel_reason = "user";
        auto plain = decide_end(running_job(1), definition, make_end(row), moment()).next;
        auto next = decide_end(job, definition, make_end(row), moment()).next;
        CHECK(next.state == (plain.state == queued ? canceled : plain.state));
        CHECK(next.cancel_reason == "user");
    }
}

TEST_CASE("a fatal failure ends the job, whatever is left of its budget") {
    Definition definition;
    AttemptEnd end;
    end.how = How::failed;
    end.error = "broken";
    end.error_class = ErrorClass::fatal;
    auto next = decide_end(running_job(1), definition, end, moment()).next;
    CHECK(next.state == failed);
    CHECK(next.error == "broken");
}

TEST_CASE("delays of years are brought forward, and errors are cut between characters") {
    Definition definition;
    AttemptEnd end;
    end.how = How::snoozed;
    end.snoozed = SnoozedRun(now + 24h * 4000, "far");
    CHECK(*decide_end(running_job(1), definition, end, moment()).next.next_attempt_at == now + limits::job_delay_max);
    end.how = How::failed;
    for (int i = 0; i < 1500; ++i) end.error += "\xc3\xa4";
    auto late = moment();
    late.retry_delay = 24h * 4000;
    auto next = decide_end(running_job(1), definition, end, late).next;
    CHECK(*next.next_attempt_at == now + limits::job_delay_max);
    CHECK(next.error->size() == limits::job_error_chars);
    end.error = "x" + end.error;
    CHECK(decide_end(running_job(1), definition, end, moment()).next.error->size() == limits::job_error_chars - 1);
}

TEST_CASE("a result that is too large is a fatal failure") {
    Definition definition;
    AttemptEnd end;
    end.how = How::completed;
    end.completed = CompletedRun(json::object{{"text", std::string(limits::job_result, 'x')}});
    auto next = decide_end(running_job(1), definition, end, moment()).next;
    CHECK(next.state == failed);
    CHECK(next.error == "invalid_result: larger than allowed");
}

TEST_CASE("exceptions are read for what they are") {
    Definition definition;
    auto read = [&](auto exception) { return read_failure(std::make_exception_ptr(exception), definition); };
    CHECK(read(boost::system::system_error(boost::asio::error::operation_aborted)).how == How::aborted);
    CHECK(read(boost::system::system_error(boost::asio::error::eof)).how == How::failed);
    CHECK(read(StaleRun("over")).how == How::aborted);
    auto fatal = read(JobFailure(ErrorClass::fatal, "invalid_input: no"));
    CHECK(fatal.how == How::failed);
    CHECK(fatal.error_class == ErrorClass::fatal);
    CHECK(fatal.error == "invalid_input: no");
    CHECK(read(RuntimeUnavailable("gone")).error_class == ErrorClass::retryable);
    CHECK(read(42).error == "unknown exception");
    CHECK(read(OutcomeUnknown("turn_timeout: x")).error_class == ErrorClass::retryable);
    definition.recover = OnRecovery::park;
    CHECK(read(OutcomeUnknown("turn_timeout: x")).error_class == ErrorClass::fatal);
    CHECK(read(OutcomeUnknown("turn_timeout: x")).error == "outcome_unknown: turn_timeout: x");
    CHECK(read(JobFailure(ErrorClass::retryable, "x")).error_class == ErrorClass::retryable);
    definition.retry.classify = [](const std::exception&) { return ErrorClass::fatal; };
    CHECK(read(std::runtime_error("x")).error_class == ErrorClass::fatal);
    CHECK(read(boost::system::system_error(boost::asio::error::eof)).error_class == ErrorClass::fatal);
    CHECK(read(JobFailure(ErrorClass::retryable, "x")).error_class == ErrorClass::retryable);
}

TEST_CASE("the reason word of an error is its first word, if it is one") {
    CHECK(reason_word("interrupt_timeout") == "interrupt_timeout");
    CHECK(reason_word("interrupt_timeout: the turn went on") == "interrupt_timeout");
    CHECK(reason_word("timeout after 3 s") == "timeout");
    CHECK(reason_word("recovery_unknown_job_type:x") == "recovery_unknown_job_type");
    for (const char* text : {"", "Broken", "two-words", "x1", "http://x", "{\"a\":1}", "word\nnext"}) {
        INFO(text);
        auto expected = std::string(text) == "http://x" ? "http" : "other";
        CHECK(reason_word(text) == expected);
    }
    CHECK(reason_word(std::string(41, 'a')) == "other");
}

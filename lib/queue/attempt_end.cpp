#include "queue/attempt_end.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/outcome_unknown.hpp"
#include "queue/run_context.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace lanekeeper {
namespace {

const char* const worker_lost = "worker_lost";

// A definition's own judgement; one that throws is as good as none.
ErrorClass class_of_error(const Definition& definition, const std::exception& error) {
    if (!definition.retry.classify) return ErrorClass::retryable;
    try {
        return definition.retry.classify(error);
    } catch (...) {
        log_warn("classify failed", {{"type", definition.type}});
        return ErrorClass::retryable;
    }
}

Transition retry_or_fail(const Job& job, std::string error, ErrorClass error_class, const EndMoment& moment) {
    error = cut_error(std::move(error));
    if (error_class == ErrorClass::fatal || job.attempts >= job.max_attempts)
        return lifecycle::fail(job, moment.now, std::move(error));
    auto delay = std::clamp(moment.retry_delay, Millis{0}, limits::job_delay_max);
    return lifecycle::retry(job, moment.now, std::move(error), moment.now + delay);
}

// A result that breaks its own schema is the definition's mistake: trying again would repeat it.
Transition complete(const Job& job, const Definition& definition, CompletedRun run, const EndMoment& moment) {
    auto issues = definition.result_schema.check(run.result);
    if (!issues.empty()) {
        auto where = json::serialize(issues.front().path);
        return lifecycle::fail(job, moment.now, "invalid_result: " + where + " " + issues.front().message);
    }
    if (json::serialize(run.result).size() > limits::job_result)
        return lifecycle::fail(job, moment.now, "invalid_result: larger than allowed");
    return lifecycle::complete(job, moment.now, std::move(run.result), std::move(run.token_usage));
}

Transition snooze(const Job& job, const SnoozedRun& run, const EndMoment& moment) {
    auto latest = moment.now + limits::job_delay_max;
    return lifecycle::snooze(job, std::clamp(run.until, moment.now, latest), cut_error("snoozed: " + run.reason));
}

Transition after_shutdown(const Job& job, const Definition& definition, const AttemptEnd& end, const EndMoment& moment) {
    bool forced = end.how == AttemptEnd::How::abandoned;
    std::string reason = forced ? "shutdown_timeout" : "shutdown";
    if (on_shutdown(definition, job.payload) == OnShutdown::cancel) {
        Job asked = job;  // why it was to end is not how it ended
        if (!asked.cancel_reason) asked.cancel_reason = "shutdown";
        return lifecycle::cancel(asked, moment.now, reason);
    }
    if (forced && job.attempts >= job.max_attempts) return lifecycle::fail(job, moment.now, reason);
    return lifecycle::requeue(job, reason, !forced);
}

Transition after_timeout(const Job& job, const Definition& definition, const EndMoment& moment) {
    JobTimeout timeout;
    return retry_or_fail(job, "timeout", class_of_error(definition, timeout), moment);
}

// At once on another worker, but only once in a row: what loses every worker is not to have them all.
Transition after_lost(const Job& job, const EndMoment& moment) {
    bool again = job.error && reason_word(*job.error) == worker_lost;
    if (again || job.attempts >= job.max_attempts) return lifecycle::fail(job, moment.now, worker_lost);
    return lifecycle::retry(job, moment.now, worker_lost, moment.now);
}

Transition uncaused(const Job& job, AttemptEnd end, const EndMoment& moment) {
    if (end.how == AttemptEnd::How::snoozed) return snooze(job, end.snoozed, moment);
    if (end.how == AttemptEnd::How::failed) return retry_or_fail(job, std::move(end.error), end.error_class, moment);
    return retry_or_fail(job, "aborted", ErrorClass::retryable, moment);
}

Transition as_it_ended(const Job& job, const Definition& definition, AttemptEnd end, const EndMoment& moment) {
    bool completed = end.how == AttemptEnd::How::completed;
    if (end.cause && end.cause->kind == StopCause::Kind::canceled) {
        bool in_time = end.how != AttemptEnd::How::abandoned || definition.cancel.strategy == CancelStrategy::mark_canceled;
        return lifecycle::cancel(job, moment.now, in_time ? end.cause->reason : "interrupt_timeout");
    }
    // Late is late: what it came to then does not count.
    if (end.cause && end.cause->kind == StopCause::Kind::expired) return lifecycle::expire(job, moment.now, end.cause->reason);
    // Work that finished while it was being stopped for another reason is finished work.
    if (completed) return complete(job, definition, std::move(end.completed), moment);
    if (end.cause && end.cause->kind == StopCause::Kind::shutdown) return after_shutdown(job, definition, end, moment);
    if (end.cause && end.cause->kind == StopCause::Kind::lost) return after_lost(job, moment);
    if (end.cause) return after_timeout(job, definition, moment);
    return uncaused(job, std::move(end), moment);
}

}  // namespace

std::string cut_error(std::string text) {
    if (text.size() <= limits::job_error_chars) return text;
    std::size_t end = limits::job_error_chars;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
    return text;
}

OnShutdown on_shutdown(const Definition& definition, const json::object& payload) {
    if (!definition.on_shutdown_of) return definition.on_shutdown;
    try {
        return definition.on_shutdown_of(payload).value_or(definition.on_shutdown);
    } catch (...) {
        log_warn("on_shutdown_of failed", {{"type", definition.type}});
        return definition.on_shutdown;
    }
}

AttemptEnd read_failure(const std::exception_ptr& failure, const Definition& definition) {
    AttemptEnd end;
    end.how = AttemptEnd::How::failed;
    try {
        std::rethrow_exception(failure);
    } catch (const OutcomeUnknown& error) {
        bool park = definition.recover == OnRecovery::park;
        end.error = park ? std::string("outcome_unknown: ") + error.what() : error.what();
        end.error_class = park ? ErrorClass::fatal : error.error_class();
    } catch (const JobFailure& error) {
        end.error = error.what();
        end.error_class = error.error_class();
    } catch (const StaleRun&) {
        end.how = AttemptEnd::How::aborted;
    } catch (const boost::system::system_error& error) {
        if (error.code() == boost::asio::error::operation_aborted) end.how = AttemptEnd::How::aborted;
        end.error = error.what();
        end.error_class = class_of_error(definition, error);
    } catch (const std::exception& error) {
        end.error = error.what();
        end.error_class = class_of_error(definition, error);
    } catch (...) {
        end.error = "unknown exception";
    }
    return end;
}

// The wish came when the runner had already ended: work that is finished stays so, but nothing is tried again.
Transition unless_unwanted(const Job& job, Transition transition, WallTime now) {
    bool again = transition.next.state == JobState::queued;
    if (again && !job.cancel_requested_at && job.expires_at && *job.expires_at <= now) return lifecycle::expire(job, now, "expired");
    if (again && job.cancel_requested_at) return lifecycle::cancel(job, now, job.cancel_reason.value_or("canceled"));
    return transition;
}

Transition decide_end(const Job& job, const Definition& definition, AttemptEnd end, EndMoment moment) {
    auto transition = as_it_ended(job, definition, std::move(end), moment);
    return unless_unwanted(job, std::move(transition), moment.now);
}

std::string reason_word(std::string_view error) {
    auto end = error.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
    auto word = error.substr(0, end);
    bool clean = end == std::string_view::npos || error[end] == ':' || error[end] == ' ';
    return !word.empty() && word.size() <= 40 && clean ? std::string(word) : std::string("other");
}

}  // namespace lanekeeper

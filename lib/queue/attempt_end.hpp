#pragma once
#include "job/lifecycle.hpp"
#include "queue/definition.hpp"

#include <optional>
#include <string>

namespace lanekeeper {

/// Why an attempt was asked to end. Recorded before any signal; the first one stands (queue.md 6).
struct StopCause {
    enum class Kind { canceled, timeout, expired, shutdown, lost };
    StopCause() = default;
    StopCause(Kind kind_, std::string reason_) : kind(kind_), reason(std::move(reason_)) {}
    Kind kind = Kind::canceled;
    std::string reason;
};

/// How an attempt ended, as its supervisor saw it.
struct AttemptEnd {
    enum class How {
        completed,
        snoozed,
        failed,     // threw
        aborted,    // ended as cancelled
        abandoned,  // did not end within its grace
    };
    AttemptEnd() = default;
    How how = How::aborted;
    CompletedRun completed;
    SnoozedRun snoozed;
    std::string error;
    ErrorClass error_class = ErrorClass::retryable;
    std::optional<StopCause> cause;
};

/// Reads an exception that escaped from `run`.
AttemptEnd read_failure(const std::exception_ptr& failure, const Definition& definition);

/// What a timeout counts as, by the definition's own classification.
class JobTimeout : public std::runtime_error {
public:
    JobTimeout() : std::runtime_error("timeout") {}
};

/// Time and chance that a decision needs, drawn by the caller.
struct EndMoment {
    WallTime now{};
    Millis retry_delay{0};
};

/// The transition that follows from the way an attempt ended (queue.md 5 to 7). Pure.
Transition decide_end(const Job& job, const Definition& definition, AttemptEnd end, EndMoment moment);

/// The transition, unless it puts a job back that was to be canceled, or whose time is over: that ends now. Pure.
Transition unless_unwanted(const Job& job, Transition transition, WallTime now);

/// What a stop means for this job: its payload's choice before its type's.
OnShutdown on_shutdown(const Definition& definition, const json::object& payload);

/// The error as it may be stored: cut at limits::job_error_chars, between characters.
std::string cut_error(std::string text);

/// "interrupt_timeout: …" → "interrupt_timeout": the part of an error that metrics may use as a label.
std::string reason_word(std::string_view error);

}  // namespace lanekeeper

#pragma once
#include "base/schema.hpp"
#include "job/effects.hpp"
#include "job/job.hpp"
#include "job/retry.hpp"
#include "queue/run_context.hpp"
#include "store/mutation.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace lanekeeper {

// The definition of a job type: everything the queue knows about it (queue.md 11; orchestrator-queue.md, JobDefinition
// Registry). Plain data and pure functions, but for `run`.

struct EnqueueRequest;

/// How an attempt ended when it ended well.
struct CompletedRun {
    CompletedRun() = default;
    explicit CompletedRun(json::object result_, json::value token_usage_ = nullptr)
        : result(std::move(result_)), token_usage(std::move(token_usage_)) {}
    json::object result;
    json::value token_usage;  // {input, output}, where a runtime counted them; else null
};
/// "Not now": back to the queue until then, no attempt spent.
struct SnoozedRun {
    SnoozedRun() = default;
    SnoozedRun(WallTime until_, std::string reason_) : until(until_), reason(std::move(reason_)) {}
    WallTime until{};
    std::string reason;
};
using RunOutcome = std::variant<CompletedRun, SnoozedRun>;

/// Thrown by `run` to fail an attempt with a class of its own choice. `what()`: a reason word first.
class JobFailure : public std::runtime_error {
public:
    JobFailure(ErrorClass error_class, const std::string& what) : std::runtime_error(what), error_class_(error_class) {}
    ErrorClass error_class() const { return error_class_; }

private:
    ErrorClass error_class_;
};

struct DedupePolicy {
    DedupeMode mode = DedupeMode::none;
    /// The public key, from the payload; nothing: never a duplicate.
    std::function<std::optional<std::string>(const json::object& payload)> key;
    /// What duplicates share, where it is less than (owner, key): `suggest_reply` matches by source chat alone.
    std::function<std::string(const json::object& payload)> match;
    MergePayload merge;
};

struct RetryPolicy {
    std::optional<int> max_attempts;  // else ORCHESTRATOR_QUEUE_MAX_ATTEMPTS
    Backoff backoff;
    /// For exceptions that are not a JobFailure; default: retryable.
    std::function<ErrorClass(const std::exception&)> classify;
};

enum class CancelStrategy { interrupt_turn, mark_canceled };
struct CancelPolicy {
    CancelStrategy strategy = CancelStrategy::interrupt_turn;
    Millis graceful_wait{1500};
};

enum class OnShutdown { cancel, requeue };   // queue.md 7
enum class OnRecovery { retry, park };       // queue.md 8

/// What a hook may look at when it says which rows a transition brings.
struct HookInput {
    const Job& job;  // as it will be after the transition, with payload, result and error
    WallTime at;
};
using Hook = std::function<Effects(const HookInput&)>;

struct Definition {
    std::string type;
    int version = 1;
    int priority = background_priority;
    Schema payload_schema = Schema::any();
    Schema result_schema = Schema::any();
    DedupePolicy dedupe;
    RetryPolicy retry;
    std::optional<Millis> timeout;  // nothing: ORCHESTRATOR_QUEUE_DEFAULT_TIMEOUT_MS; zero: none
    CancelPolicy cancel;
    OnShutdown on_shutdown = OnShutdown::requeue;
    OnRecovery recover = OnRecovery::retry;
    bool api_trigger = false;   // may come in over POST /api/orchestrator/jobs
    bool uses_turns = false;    // its runs drive turns of a runtime
    /// Its runs give signs of life (RunContext::beat) every few seconds: one of the pool that is silent for two health
    /// checks has lost its worker.
    bool beats = false;
    bool remote = false;        // of an executor: workers outside of this program claim its jobs ("remote/claims.hpp"); no `run`
    /// Choices that a payload makes (noop's drills); each takes precedence over the value above.
    std::function<std::optional<int>(const json::object& payload)> priority_of;
    std::function<std::optional<OnShutdown>(const json::object& payload)> on_shutdown_of;

    /// A last look at a request whose payload validates: refuses what a schema cannot tell, or fills in what follows from
    /// the payload. From memory, any thread.
    std::function<Result<void>(EnqueueRequest& request)> admit;

    /// One attempt. Runs on the lane's strand; ends with an outcome or an exception. A user's cancel, a timeout and a
    /// shutdown all arrive as `total` cancellation, which a coroutine observes once it enables it; `terminal` follows
    /// when the grace is spent.
    std::function<Task<RunOutcome>(std::shared_ptr<RunContext> context, json::object payload)> run;

    /// How a recorded turn ended that an earlier life of the daemon began, where the runtime can still tell; nothing:
    /// run it again. Asked once, at recovery, before anything is admitted; what it throws counts as nothing.
    std::function<Task<std::optional<CompletedRun>>(Job job)> settle;

    /// Whether the run that was cut off left what another one only has to carry on, so that attempts which are spent do
    /// not stand in its way. Asked at recovery of such a job, when `settle` told nothing. How often a job may go on so is
    /// the hook's to bound; StorageUnavailable passes on.
    std::function<Task<bool>(Job job)> goes_on;

    // Rows to commit with the transition. Pure, so that recovery replays nothing twice.
    Hook on_queued, on_started, on_completed, on_failed, on_canceled;
};

}  // namespace lanekeeper

#pragma once
#include "agents/turn_feed.hpp"
#include "agents/turn_watch.hpp"
#include "queue/definition.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace lanekeeper {

/// How a job's turn came out.
struct TurnResult {
    enum class End {
        completed,    // `text` is its answer; it may be empty
        out_of_time,  // `answer_within` has passed: the turn was interrupted, `text` is what there was
        not_now,      // the runtime or its provider asks to come back later: `snooze`
    };
    TurnResult() = default;
    End end = End::completed;
    std::string thread_id;
    std::string turn_id;
    std::string text;
    std::string source;  // builtin, codex …
    json::value tokens;  // {input, output}; null where the runtime counts none
    SnoozedRun snooze;
    MonoTime started{};  // when its wait began; nothing of `not_now`
};

/// The runtime does not take a turn on this thread: it is busy with one that was given up, archived or gone.
class ThreadUnusable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Puts a job off because the runtime did not answer in time: it hangs, which is as good as not being there. A job that
/// was put off very often, for whatever reason, spends an attempt on it instead: JobFailure, retryable, so that a runtime
/// that never answers does not put it off for ever.
inline constexpr std::string_view runtime_timeout = "runtime_timeout";
inline constexpr int put_offs_max = 100;
SnoozedRun put_off_for_timeout(RunContext& context);

/// Runs one turn for a job and waits for its end (runtime.md 4). Marks it as "<jobId>:<run>", and makes it the job's
/// running context before it waits. On the lane's strand; what it uses outlives it.
///
/// A cancel, a timeout or a shutdown (`total`) does not end the wait: the queue interrupts the turn, and the wait ends
/// when the turn does. `terminal` ends it at once, but for a start that was not answered yet: its turn is interrupted as soon
/// as it is known (queue.md 6), which the runtime's own deadline bounds.
///
/// Throws JobFailure (retryable: the turn failed, was interrupted, stalled, was lost; fatal: the runtime refuses the
/// request as it is), ThreadUnusable before anything was started, and what writing the running context throws.
Task<TurnResult> run_turn(TurnFeed& feed, std::shared_ptr<RunContext> context, TurnRequest request, SettleRules rules);

/// The end of a turn that an earlier life of the daemon began for a job: nothing unless the runtime says that it
/// completed, and with what text. Throws what reading a turn throws.
Task<std::optional<TurnResult>> recall_turn(Runtime& runtime, RunningContext running);

}  // namespace lanekeeper

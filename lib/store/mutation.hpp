#pragma once
#include "job/effects.hpp"
#include "job/job.hpp"
#include "job/lifecycle.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// What makes a new job a duplicate (queue.md 4). Compared by `Job::dedupe_match`.
enum class DedupeMode { none, single_flight, drop_duplicate, merge_duplicate };

/// Merges the payload of a waiting job with that of a newcomer. Pure; runs inside the transaction.
using MergePayload = std::function<json::object(const json::object& existing, const json::object& incoming)>;

/// Caps on queued + running (and pending) jobs (queue.md 9). 0: no cap. Over: `queue_full`.
struct Capacity {
    int per_owner = 0;
    int global = 0;
};

/// Rows and news of a job as it was inserted, or of a transition that the store made by itself. Pure; may be empty.
using TellJob = std::function<Effects(const Job& job)>;
using TellTransition = std::function<Effects(const Transition& transition)>;
/// Rows of what became of all inserts, in order, as `Committed::inserted` says it. Pure.
struct Inserted;
using TellInserted = std::function<Effects(const std::vector<Inserted>& inserted)>;

/// A job to create. Checked in this order: duplicate, key and client's id, capacity, dependencies. It is `pending` while it
/// has open dependencies or a `scheduled_for` after the mutation's `at`, else in the state it is given. One with a
/// dependency that had already ended badly is inserted as pending, and ends by a transition of the same commit.
/// `effects`, then what `tell` says of it, are applied only if the job is inserted.
struct JobInsert {
    JobInsert() = default;
    Job job;  // with its key; its `dependencies` and `open_dependencies` are the store's when `depends_on` is not empty
    std::vector<std::string> depends_on;  // public ids: of stored jobs, or of inserts of this mutation, in any order
    DedupeMode dedupe = DedupeMode::none;
    MergePayload merge;  // for merge_duplicate
    Capacity capacity;
    Effects effects;
    TellJob tell;
};

/// A transition that was decided on `next`'s predecessor: refused with `stale_job` unless the stored job is still in
/// state `from` with run `from_run`; so is one that promotes a job with open dependencies. One that reopens a job that ended is refused with `job_conflict` while an open one
/// holds its `dedupe_match`, or a dependency of its has not completed {ids}; then for `capacity`. Writes everything but ids, type, version, owner, name, executor, timeout,
/// payload, dedupe, dependencies and creation, which never change, and `open_dependencies`, which the store counts.
struct JobUpdate {
    JobUpdate() = default;
    JobUpdate(Job next_, JobState from_, int from_run_) : next(std::move(next_)), from(from_), from_run(from_run_) {}
    Job next;
    JobState from = JobState::queued;
    int from_run = 0;
    Capacity capacity;  // for one that reopens
    /// For one that reopens: so are those, all the way down, that ended only because it had (`dependency_failed`,
    /// `dependency_cancelled`); they wait for it again. One that another dependency has doomed stays as it ended.
    bool with_dependents = false;
};

/// Refused with `stale_run` unless that job is running with that run: the fence of every effect (queue.md 6).
struct RunFence {
    RunFence() = default;
    RunFence(std::int64_t key_, int run_) : key(key_), run(run_) {}
    std::int64_t key = 0;
    int run = 0;
};

/// Refused with `stale_job` unless that job is an aggregate that is pending. It is noted on it, and on those of its jobs that
/// run; the rest of its open jobs are canceled, which belongs to the cascade. Others have to ask those that run.
struct CancelAggregate {
    CancelAggregate() = default;
    CancelAggregate(std::int64_t key_, std::string reason_) : key(key_), reason(std::move(reason_)) {}
    std::int64_t key = 0;
    std::string reason;
};

/// One transaction: all of it or nothing. Order: fences, inserts, updates, `effects`, then the cascade: where updates end
/// jobs, what becomes of those that depend on them (jobs-family.md, Dependencies). A completed one lets go of its pending
/// dependents: the last to do so promotes one, unless its `scheduled_for` is later than `at`. A failed or expired one fails
/// them, a canceled one cancels them, and theirs, all the way down. The last job of an aggregate to end ends that
/// ("job/aggregate.hpp").
struct Mutation {
    Mutation() = default;
    WallTime at{};
    TellInserted answer;  // after all else, of the jobs as they are then
    std::vector<CancelAggregate> cancels;
    std::vector<RunFence> fences;
    std::vector<JobInsert> inserts;
    std::vector<JobUpdate> updates;
    Effects effects;
    TellTransition tell;  // of each step of the cascade
};

/// What became of one insert.
struct Inserted {
    enum class How { inserted, duplicate, merged };
    How how = How::inserted;
    Job job;  // the new one as inserted (before the cascade), or the one that stands for it
};

/// A pending job that waits for nothing but its time.
struct TimedJob {
    std::int64_t key = 0;
    WallTime due{};
};

/// What a mutation did.
struct Committed {
    std::vector<Inserted> inserted;  // one an insert, in order
    std::vector<Event> events;       // with their seq, rising
    std::vector<Transition> cascaded;  // the store's own, in order
    std::vector<TimedJob> timed;       // let go by the last that they depended on, but for a time later than `at`
};

}  // namespace lanekeeper

#pragma once
#include "job/effects.hpp"
#include "job/job.hpp"

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

/// A job to create. Checked in this order: duplicate, capacity. `effects` are applied only if the job is inserted.
struct JobInsert {
    JobInsert() = default;
    Job job;  // with its key
    DedupeMode dedupe = DedupeMode::none;
    MergePayload merge;  // for merge_duplicate
    Capacity capacity;
    Effects effects;
};

/// A transition that was decided on `next`'s predecessor: refused with `stale_job` unless the stored job is still in
/// state `from` with run `from_run`. One that reopens a job that ended is refused with `job_conflict` while an open one
/// holds its `dedupe_match`, then for `capacity`. Writes everything but type, version, owner, payload, dedupe and creation, which never change.
struct JobUpdate {
    JobUpdate() = default;
    JobUpdate(Job next_, JobState from_, int from_run_) : next(std::move(next_)), from(from_), from_run(from_run_) {}
    Job next;
    JobState from = JobState::queued;
    int from_run = 0;
    Capacity capacity;  // for one that reopens
};

/// Refused with `stale_run` unless that job is running with that run: the fence of every effect (queue.md 6).
struct RunFence {
    RunFence() = default;
    RunFence(std::int64_t key_, int run_) : key(key_), run(run_) {}
    std::int64_t key = 0;
    int run = 0;
};

/// One transaction: all of it or nothing. Order: fences, inserts, updates, then `effects`.
struct Mutation {
    Mutation() = default;
    WallTime at{};
    std::vector<RunFence> fences;
    std::vector<JobInsert> inserts;
    std::vector<JobUpdate> updates;
    Effects effects;
};

/// What became of one insert.
struct Inserted {
    enum class How { inserted, duplicate, merged };
    How how = How::inserted;
    Job job;  // the new one, or the one that stands for it
};

/// What a mutation did.
struct Committed {
    std::vector<Inserted> inserted;  // one an insert, in order
    std::vector<Event> events;       // with their seq, rising
};

}  // namespace lanekeeper

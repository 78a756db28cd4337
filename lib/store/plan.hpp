#pragma once
#include "base/error.hpp"
#include "store/counters.hpp"
#include "store/mutation.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lanekeeper {

// The rules of a mutation, written once for all drivers. Planning only reads: it decides what a mutation does, or why it
// is refused, before anything is written. So a refusal needs no undoing, and writing a plan can fail by machinery alone.

struct RecordName {
    std::string kind;
    std::string scope;
    std::string key;
    auto operator<=>(const RecordName&) const = default;
};

/// What planning needs to know of a stored job.
struct JobHead {
    std::string owner;
    JobState state = JobState::queued;
    int run = 0;
    int open_dependencies = 0;
    std::optional<WallTime> scheduled_for;
    std::optional<std::string> client_id;
    std::optional<std::string> workflow_id;
    bool aggregate = false;

    std::string id(std::int64_t key) const;  // the public one
};

/// What a driver offers to planning: its rows as they are now, those of earlier plans of the same transaction included.
class Rows {
public:
    virtual ~Rows() = default;
    virtual std::optional<JobHead> head(std::int64_t key) = 0;
    virtual std::optional<Job> whole(std::int64_t key) = 0;
    virtual std::optional<std::int64_t> key_of_client_id(const std::string& client_id) = 0;
    /// Keys of the jobs that depend on this one, rising; at most `limit`.
    virtual std::vector<std::int64_t> dependents(std::int64_t key, std::size_t limit) = 0;
    /// Keys of the jobs of a workflow, rising.
    virtual std::vector<std::int64_t> members(const std::string& workflow_id) = 0;
    /// The first by (state, key) of the jobs with this match whose state is between the two, both included.
    virtual std::optional<Job> duplicate(const std::string& match, JobState first, JobState last) = 0;
    virtual std::optional<json::object> record_body(const RecordName& name) = 0;
    virtual const Counters& counters() const = 0;
    /// No job has a greater key.
    virtual std::int64_t highest_key() const = 0;
};

struct JobWrite {
    Job next;
    JobState from = JobState::queued;
    std::string owner;
};

/// A job that goes on waiting, for fewer than before.
struct OpenDependencies {
    std::int64_t key = 0;
    int count = 0;
};

struct PayloadWrite {
    std::int64_t key = 0;
    json::object payload;
};

struct RecordWrite {
    RecordName name;
    json::object body;
    std::optional<WallTime> expires_at;
    bool exists = false;  // keeps its place in the order
};

using RecordChange = std::variant<RecordDelete, RecordWrite>;

/// What is to be written, in this order.
struct Plan {
    std::vector<PayloadWrite> payloads;  // of jobs that took in a newcomer
    std::vector<std::size_t> new_jobs;   // those of `inserted` that are new
    std::vector<JobWrite> updates;       // the mutation's, then those of the cascade
    std::vector<OpenDependencies> still_open;
    std::vector<RecordChange> records;
    std::vector<Event> events;           // rendered, without seq
    std::vector<Inserted> inserted;
    std::vector<Transition> cascaded;
    std::vector<TimedJob> timed;

    /// Nothing to write: what went on waiting for fewer did so because of an update.
    bool empty() const { return payloads.empty() && new_jobs.empty() && updates.empty() && records.empty() && events.empty(); }
};

/// What the mutation does to these rows, or the problem that refuses it: also cyclic_dependency {cycle}, where a job would
/// wait for a duplicate that it stands for itself. Throws what a merge function throws.
Result<Plan> plan_mutation(Rows& rows, Mutation mutation);

/// What an update writes over a stored job: everything of `next` but what never changes.
void overwrite(Job& stored, const Job& next);

/// Gives events their seq, rising from `last`, which it moves on.
void number_events(std::vector<Event>& events, std::int64_t& last);

}  // namespace lanekeeper

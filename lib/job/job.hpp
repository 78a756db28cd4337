#pragma once
#include "base/json.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

/// Where a job is in its life (queue.md 2). The first three are open; the rest are final.
enum class JobState { pending, queued, running, completed, failed, canceled, expired };

std::string_view to_word(JobState state);
std::optional<JobState> job_state(std::string_view word);
inline bool is_terminal(JobState state) { return state >= JobState::completed; }
inline bool is_open(JobState state) { return !is_terminal(state); }

/// The two classes of the mission, read off the priority number (queue.md 1).
enum class JobClass { interactive, background };
constexpr int interactive_priority = 1;
constexpr int background_priority = 3;
inline JobClass class_of(int priority) { return priority <= 2 ? JobClass::interactive : JobClass::background; }
std::string_view to_word(JobClass job_class);

/// The turn that a running job waits for. Both empty outside a turn.
struct RunningContext {
    std::string thread_id;
    std::string turn_id;
    bool complete() const { return !thread_id.empty() && !turn_id.empty(); }
    bool operator==(const RunningContext&) const = default;
};

/// A job that another one waits for.
struct Dependency {
    std::int64_t key = 0;
    std::string id;  // the public id of that job
    bool operator==(const Dependency&) const = default;
};

/// One unit of queued work: the record of queue.md 1, as every store keeps it and every route renders it.
/// Absent times and texts are empty optionals; `progress`, `dispatch`, `token_usage`, `metadata` are null when absent.
struct Job {
    Job() = default;

    std::int64_t key = 0;  // the store's primary key, the sequence within a lane, and (as `job_id(key)`) the public id
    std::optional<std::string> client_id;  // a client's own id, which is the public one then
    std::string type;
    int version = 1;
    std::string owner;  // "projectId" on the wire: a project id, or "session:<id>"; empty for pool jobs
    std::optional<std::string> source_session_id;
    int priority = background_priority;
    JobState state = JobState::queued;
    std::optional<std::string> dedupe_key;
    std::string dedupe_match;  // what the store compares: type, scope and key in one; empty: never a duplicate
    json::object payload;
    std::optional<json::object> result;
    std::optional<std::string> error;  // a reason word first, then text
    int run = 0;                       // starts ever; never reset, reused or given back
    int attempts = 0;                  // budget spent
    int max_attempts = 1;
    bool attempt_returned = false;     // the one free return of queue.md 8 is used up
    WallTime created_at{};
    std::optional<WallTime> started_at;
    std::optional<WallTime> completed_at;
    std::optional<WallTime> cancel_requested_at;
    std::optional<WallTime> next_attempt_at;
    std::optional<WallTime> last_attempt_at;
    std::optional<std::string> cancel_reason;
    RunningContext running;
    json::value progress;
    json::value dispatch;  // why it was chosen: {rule, waitMs, passedOver}

    // The members of jobs-family.md.
    std::optional<std::string> name;
    std::vector<Dependency> dependencies;
    int open_dependencies = 0;  // how many of them have not completed yet; kept by the store
    std::optional<std::string> workflow_id;
    json::value token_usage;
    json::value metadata;
    std::optional<std::string> worker_id;
    std::optional<WallTime> scheduled_for;
    std::optional<WallTime> expires_at;
    std::optional<Millis> timeout;  // of one attempt; nothing: as its type says
    std::string executor;           // empty: by type

    /// What clients call it: `client_id` when it has one, else `job_id(key)`.
    std::string id() const;
    JobClass job_class() const { return class_of(priority); }
    bool in_pool() const { return owner.empty(); }
};

/// An owner is a project id (`[A-Za-z0-9_.-]{1,128}`, not "pool") or "session:<session id>" (api.md 5).
bool is_well_formed_owner(std::string_view owner);
std::string session_owner(std::string_view session_id);
/// Whom a worker session of the pool works for: "pool:<worker id>", nobody who could be named by a client.
std::string pool_owner(std::string_view worker_id);
bool is_pool_owner(std::string_view owner);
/// For whom the session works that runs this job: its owner, or its worker of the pool.
std::string worker_owner(const Job& job);
/// The session behind "session:<id>"; nothing for a project.
std::optional<std::string> owner_session(std::string_view owner);

}  // namespace lanekeeper

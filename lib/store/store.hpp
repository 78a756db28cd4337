#pragma once
#include "async/task.hpp"
#include "base/error.hpp"
#include "base/histogram.hpp"
#include "store/mutation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

// Errors come in two kinds, and no call mixes them:
// - `StorageUnavailable` is thrown when the machinery fails (full disk, I/O error, closed). Nothing was committed.
//   Later calls may succeed again: the store reopens by itself.
// - a `Problem` is returned when the data refuses: queue_full {scope, limit, depth}, job_exists {jobId},
//   job_conflict {jobId}, stale_job {jobId, state?}, stale_run {jobId, run}, record_exists {kind, key},
//   record_missing {kind, key}, record_changed {kind, key}, duplicate_job_id {jobId, index?}, unknown_dependency {ids, index?}. Nothing was committed.
//   `index` is that of the insert, where a mutation has several.
//
// Calls may come from any executor and resume on the caller's own. They are not cancellable: a commit that was asked
// for is awaited to its end, so that its caller knows how it went.

struct JobQuery {
    JobQuery() = default;
    std::optional<std::string> owner;   // nothing, or "": the pool
    bool any_owner = false;             // all jobs, `owner` counts for nothing
    std::optional<JobState> state;
    std::vector<JobState> states;       // any of them; empty: as `state` says
    std::optional<std::string> type;
    std::optional<std::string> workflow_id;
    bool newest_first = false;
    std::int64_t after = 0;             // exclusive job key in the direction of the list, 0 from the start
    std::size_t limit = 50;

    bool wants(JobState one) const {
        if (!states.empty()) return std::find(states.begin(), states.end(), one) != states.end();
        return !state || *state == one;
    }
    bool wants_all_states() const { return !state && states.empty(); }
};

struct JobPage {
    std::vector<Job> jobs;                // oldest first, unless newest were asked for first
    std::optional<std::int64_t> next;     // key to continue after
};

/// What recovery and the lanes need to know of an open job, and no more.
struct OpenJob {
    std::int64_t key = 0;
    std::string owner;
    std::string type;
    JobState state = JobState::queued;
    int priority = 0;
    WallTime created_at{};
    std::optional<WallTime> next_attempt_at;
    std::optional<WallTime> scheduled_for;
    int open_dependencies = 0;
    std::string executor;
    std::optional<WallTime> expires_at;
};

struct StoreCounts {
    std::map<JobState, std::int64_t> by_state;  // open: counted live; terminal: those still retained
    std::int64_t owners_with_open_jobs = 0;
    std::int64_t completed_24h = 0;
    std::int64_t completed_24h_run_ms = 0;      // sum of their running times
};

struct EventPage {
    std::vector<Event> events;     // rising seq
    std::int64_t scanned_to = 0;   // continue after this seq
    bool more = false;
};

struct EventFilter : EventTopics {
    bool system = false;                              // also those of hidden sessions, when their thread is named
};

/// The range of events that can still be replayed. `oldest` is the first retained seq (newest + 1 when none is).
struct EventRange {
    std::int64_t oldest = 1;
    std::int64_t newest = 0;
    std::string epoch;  // changes when the store is replaced, so that a cursor of another store is noticed
};

struct Record {
    std::int64_t order = 0;  // rises with first insertion
    std::string kind;
    std::string scope;
    std::string key;
    json::object body;
};

struct RetentionRules {
    int terminal_per_owner = 200;
    Millis pool_age{24 * 3600 * 1000};
    std::int64_t pool_count = 100000;
    Millis event_age{72 * 3600 * 1000};
    std::int64_t event_count = 1000000;
    Millis grace{60000};  // nothing that finished within it goes
};

struct StoreHealth {
    std::string driver;
    std::string path;
    bool ok = true;
    std::optional<double> last_commit_ms;  // how long the last one took
    std::string problem;  // for people, when not ok
    std::string notice;   // for people, also when ok: what `open` found lost or set aside; stands until the next `open`
};

inline constexpr std::array commit_second_bounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                    0.025,  0.05,    0.1,    0.25,  1.0,    5.0};
inline constexpr std::array batch_size_bounds = {1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0};

/// What the store did since it was made, for metrics.
struct StoreStats {
    std::int64_t commits = 0;    // transactions that reached the disk
    std::int64_t mutations = 0;  // that they carried
    Histogram commit_seconds{commit_second_bounds};
    Histogram batch_sizes{batch_size_bounds};
};

/// Keeps jobs, records and events. The one place from which things that were acknowledged come back.
class Store {
public:
    virtual ~Store() = default;

    /// Opens or creates, migrates, sets corrupt files aside. Throws `std::runtime_error` with both paths or versions
    /// when it must not start (newer schema, no permission, locked). Holds the lock of its data directory until `close`.
    virtual Task<void> open() = 0;
    /// Ends after everything asked for is durable. Harmless twice.
    virtual Task<void> close() = 0;

    virtual Task<Result<Committed>> commit(Mutation mutation) = 0;

    virtual Task<std::optional<Job>> job(std::int64_t key) = 0;
    virtual Task<std::optional<Job>> job_by_client_id(std::string client_id) = 0;
    virtual Task<JobPage> jobs(JobQuery query) = 0;
    /// Keys of the jobs that depend on this one directly, open or not, rising; at most `limit`.
    virtual Task<std::vector<std::int64_t>> dependents(std::int64_t key, std::size_t limit) = 0;
    /// All open jobs by rising key, `limit` at a time.
    virtual Task<std::vector<OpenJob>> open_jobs(std::int64_t after, std::size_t limit) = 0;
    /// Keys of open jobs that name this source session.
    virtual Task<std::vector<std::int64_t>> open_jobs_of_session(std::string session_id) = 0;
    /// The job that `single_flight` would find, if any.
    virtual Task<std::optional<Job>> open_duplicate(std::string dedupe_match) = 0;

    virtual Task<std::optional<Record>> record(std::string kind, std::string scope, std::string key) = 0;
    /// Of one scope in insertion order, after an order (0: all), at most `limit`.
    virtual Task<std::vector<Record>> records(std::string kind, std::string scope, std::int64_t after, std::size_t limit) = 0;
    /// Of all scopes of a kind, by rising order.
    virtual Task<std::vector<Record>> records_of_kind(std::string kind, std::int64_t after, std::size_t limit) = 0;

    virtual Task<EventPage> events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) = 0;
    virtual Task<EventRange> event_range() = 0;

    /// Removes a bounded amount of what may go; true when there is more. Never a pause for others. Keeps per owner the
    /// newest terminal jobs, failed and canceled in preference (queue.md 10); expired records; old events.
    virtual Task<bool> retain(RetentionRules rules, WallTime now) = 0;

    // Cheap, from memory, any thread.
    virtual StoreCounts counts() const = 0;
    virtual std::int64_t highest_job_key() const = 0;
    virtual StoreHealth health() const = 0;
    virtual StoreStats stats() const = 0;

    /// Called once for each commit that has events, in the order of commits, before any of its callers resume, with all
    /// of them (a commit may carry several mutations); on a thread of the store's choosing, so it must only hand over.
    /// Set before `open`.
    using Listener = std::function<void(const std::vector<Event>& events)>;
    virtual void set_listener(Listener listener) = 0;
};

}  // namespace lanekeeper

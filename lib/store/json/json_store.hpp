#pragma once
#include "store/commit_queue.hpp"
#include "store/data_dir.hpp"
#include "store/published.hpp"
#include "store/memory/memory_state.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <string>

namespace lanekeeper {

/// The mission's own file, `<data dir>/orchestrator-jobs.json`: everything in memory, and after each batch of mutations
/// the whole of it written anew and renamed into place before anybody is answered. A snapshot that fails takes its
/// mutations back. Made for the mission's caps: a commit costs time that grows with what is kept, and only the newest
/// events are.
class JsonStore final : public Store {
public:
    static constexpr std::int64_t kept_events = 2000;

    /// `clock` outlives it. `write` replaces a file durably or throws `std::exception`; tests give one that fails.
    using WriteFile = std::function<void(const std::string& path, const std::string& text)>;
    JsonStore(std::string data_dir, const Clock& clock, WriteFile write = {});
    ~JsonStore() override;

    Task<void> open() override;
    Task<void> close() override;
    Task<Result<Committed>> commit(Mutation mutation) override;
    Task<std::optional<Job>> job(std::int64_t key) override;
    Task<std::optional<Job>> job_by_client_id(std::string client_id) override;
    Task<JobPage> jobs(JobQuery query) override;
    Task<std::vector<std::int64_t>> dependents(std::int64_t key, std::size_t limit) override;
    Task<std::vector<OpenJob>> open_jobs(std::int64_t after, std::size_t limit) override;
    Task<std::vector<std::int64_t>> open_jobs_of_session(std::string session_id) override;
    Task<std::optional<Job>> open_duplicate(std::string dedupe_match) override;
    Task<std::optional<Record>> record(std::string kind, std::string scope, std::string key) override;
    Task<std::vector<Record>> records(std::string kind, std::string scope, std::int64_t after, std::size_t limit) override;
    Task<std::vector<Record>> records_of_kind(std::string kind, std::int64_t after, std::size_t limit) override;
    Task<EventPage> events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) override;
    Task<EventRange> event_range() override;
    Task<bool> retain(RetentionRules rules, WallTime now) override;
    StoreCounts counts() const override;
    std::int64_t highest_job_key() const override;
    StoreHealth health() const override;
    StoreStats stats() const override;
    void set_listener(Listener listener) override;

private:
    bool open_now();
    void carry(CommitBatch& batch);
    template <class Change>
    void change(Change change);
    void save();
    void publish();
    void note_failure(const std::string& why);
    std::optional<Millis> probe();

    /// Reads run on the thread too, between snapshots: they see what is durable and nothing else.
    template <class Read>
    auto ask(Read read);
    CommitQueue& queue() const;

    std::string data_dir_;
    std::string path_;
    const Clock& clock_;
    WriteFile write_;
    Listener listener_;
    StatsRecorder stats_;
    std::string epoch_;
    std::unique_ptr<DataDirLock> lock_;

    MemoryState state_;  // the thread's own
    bool closed_ = true;
    bool just_failed_ = false;

    Published published_;
    std::string notice_;  // settled by open

    std::unique_ptr<CommitQueue> queue_;  // last: its thread uses all of the above
};

}  // namespace lanekeeper

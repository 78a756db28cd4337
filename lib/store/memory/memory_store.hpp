#pragma once
#include "store/memory/memory_state.hpp"
#include "store/store.hpp"

#include <mutex>
#include <string>

namespace lanekeeper {

/// The store of tests and simulations: forgets everything when it ends. Every call completes inline, without a
/// suspension, so what a program does on it depends on nothing but the program.
class MemoryStore final : public Store {
public:
    /// `clock` outlives it.
    explicit MemoryStore(const Clock& clock, std::string epoch = "memory");

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
    Result<Committed> commit_now(Mutation mutation);
    Committed write(Plan plan);
    void require_open() const;

    const Clock& clock_;
    std::string epoch_;
    mutable std::mutex mutex_;
    MemoryState state_;
    StoreStats stats_;
    Listener listener_;
    bool open_ = false;
};

}  // namespace lanekeeper

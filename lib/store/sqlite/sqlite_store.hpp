#pragma once
#include "base/limits.hpp"
#include "store/data_dir.hpp"
#include "store/published.hpp"
#include "store/sqlite/database.hpp"
#include "store/stats.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>

namespace lanekeeper {

namespace sqlite {
class Reader;
class Writer;
}  // namespace sqlite

/// The default store: `<data dir>/lanekeeper.db` (queue.md 10). One thread writes, one reads.
class SqliteStore final : public Store {
public:
    /// `clock` outlives it. For tests: `vfs` is SQLite's, by name; `probe` is the pause between attempts to write again.
    SqliteStore(std::string data_dir, const Clock& clock, const char* vfs = nullptr, Millis probe = limits::storage_probe);
    ~SqliteStore() override;

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
    void open_writer();
    void note(const std::string& notice);
    sqlite::Reader& reader() const;
    sqlite::Writer& writer() const;
    StoreState state() const;

    std::string data_dir_;
    sqlite::DatabaseOptions options_;
    Listener listener_;
    StatsRecorder stats_;
    std::string epoch_;
    std::string notice_;
    std::unique_ptr<DataDirLock> lock_;
    std::unique_ptr<sqlite::Writer> writer_;
    std::unique_ptr<sqlite::Reader> reader_;
};

}  // namespace lanekeeper

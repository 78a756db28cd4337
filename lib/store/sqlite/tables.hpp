#pragma once
#include "store/plan.hpp"
#include "store/retention.hpp"
#include "store/sqlite/job_rows.hpp"
#include "store/sqlite/query.hpp"

#include <set>

namespace lanekeeper::sqlite {

/// How far numbers have been given out. On disk with every commit, so that none is given twice.
struct Marks {
    std::int64_t commits = 0;
    std::int64_t seq = 0;
    std::int64_t record_order = 0;
    std::int64_t job_key = 0;
};

/// The writer's view of the database: rows for planning and retention, and how a plan is written. Counts are read once,
/// then kept in memory and written as a few numbers with each commit. A transaction that fails leaves this object
/// ahead of the disk: throw it away with its connection. Any call may throw `Error`.
class Tables final : public Rows, public RetentionRows {
public:
    /// Reads the marks and walks the open jobs. `clock` tells when something was set aside.
    Tables(Connection& connection, const Clock& clock);

    Committed write(Plan plan);
    bool retain(const RetentionRules& rules, WallTime now);
    void set_aside(const Unreadable& row);
    /// The last step of a transaction that wrote something.
    void save_marks();

    const Marks& marks() const { return marks_; }
    Statements& statements() { return statements_; }
    /// Whether anything was written since the last `save_marks`.
    bool is_changed() const { return changed_; }

    // For an import.
    void import_job(const Job& job);
    void import_record(const Record& record, const std::optional<WallTime>& expires_at);
    void import_event(const Event& event);
    void import_hour(std::int64_t hour, Counters::Hour value);
    void raise_marks(const Marks& at_least);

    // Rows.
    std::optional<JobHead> head(std::int64_t key) override;
    std::optional<Job> whole(std::int64_t key) override;
    std::optional<std::int64_t> key_of_client_id(const std::string& client_id) override;
    std::vector<std::int64_t> dependents(std::int64_t key, std::size_t limit) override;
    std::vector<std::int64_t> members(const std::string& workflow_id) override;
    std::optional<Job> duplicate(const std::string& match, JobState first, JobState last) override;
    std::optional<json::object> record_body(const RecordName& name) override;
    const Counters& counters() const override { return counters_; }
    std::int64_t highest_key() const override { return marks_.job_key; }

    // RetentionRows.
    std::optional<std::string> owner_after(const std::optional<std::string>& owner) override;
    std::int64_t count_ended(const std::string& owner, std::int64_t enough) override;
    std::vector<Ended> ended(const std::string& owner, JobState state, std::int64_t after, std::size_t limit) override;
    bool is_awaited(std::int64_t key) override { return counters_.is_awaited(key); }
    bool is_kept(std::int64_t key) override;
    void remove_job(const std::string& owner, JobState state, std::int64_t key) override;
    std::size_t remove_expired(WallTime now, std::size_t limit) override;
    std::size_t remove_events(WallTime cutoff, std::int64_t keep, std::size_t limit) override;

private:
    void load_marks();
    void load_open_jobs();
    void count(const JobChange& change);
    void insert_job(const Job& job);
    void remove_edges(std::int64_t dependent);
    void update_job(const JobWrite& write);
    void write_record(const RecordWrite& write);
    void delete_records(const RecordDelete& gone);
    void insert_record(const Record& record, const std::optional<WallTime>& expires_at);
    void insert_event(const Event& event);
    void set_job_aside(const Unreadable& row);

    const Clock& clock_;
    Statements statements_;
    Counters counters_;
    Marks marks_;
    Retention retention_;
    std::set<std::int64_t> changed_hours_;
    bool changed_ = false;
};

}  // namespace lanekeeper::sqlite

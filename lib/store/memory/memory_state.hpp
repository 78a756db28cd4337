#pragma once
#include "store/plan.hpp"
#include "store/retention.hpp"

#include <deque>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace lanekeeper {

/// One entry of an index: there, or not.
template <class Set, class Value>
void keep(Set& set, Value value, bool present) {
    if (present) set.insert(std::move(value));
    else set.erase(value);
}

/// The contract of a store on plain containers: no threads, no files, no Asio. The reference that other drivers are
/// measured against, and what the json driver writes out. Not thread-safe.
class MemoryState : public Rows, public RetentionRows {
public:
    /// What a change replaced, so that it can be taken back.
    struct Undo {
        std::vector<std::pair<std::int64_t, std::optional<Job>>> jobs;
        std::vector<std::pair<std::int64_t, std::optional<std::pair<Record, std::optional<WallTime>>>>> records;
        std::vector<JobChange> changes;
        std::vector<Event> dropped_events;  // the oldest, in order
        std::size_t added_events = 0;
        std::int64_t last_seq = 0;
        std::int64_t last_order = 0;
        std::int64_t highest_key = 0;
        bool is_empty() const { return jobs.empty() && records.empty() && dropped_events.empty() && added_events == 0; }
    };

    /// `undo`, when given, collects what it takes to go back to before a number of calls.
    Result<Committed> apply(Mutation mutation, Undo* undo = nullptr);
    Committed write(Plan plan, Undo* undo = nullptr);
    bool retain(const RetentionRules& rules, WallTime now, Undo* undo = nullptr);
    /// After a step that was taken back: what it has looked at is looked at again.
    void begin_retention_anew() { retention_ = Retention(); }
    /// Keeps the newest events only.
    void drop_old_events(std::int64_t keep, Undo& undo);
    Undo start_undo() const;
    void take_back(Undo undo);

    std::optional<Job> job(std::int64_t key) const;
    JobPage jobs(const JobQuery& query) const;
    std::vector<OpenJob> open_jobs(std::int64_t after, std::size_t limit) const;
    std::vector<std::int64_t> open_jobs_of_session(const std::string& session_id) const;
    std::optional<Record> record(const RecordName& name) const;
    std::vector<Record> records(const std::string& kind, const std::string& scope, std::int64_t after, std::size_t limit) const;
    std::vector<Record> records_of_kind(const std::string& kind, std::int64_t after, std::size_t limit) const;
    EventPage events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) const;
    std::int64_t oldest_seq() const { return events_.empty() ? last_seq_ + 1 : events_.front().seq; }
    std::int64_t last_seq() const { return last_seq_; }

    // Rows.
    std::optional<JobHead> head(std::int64_t key) override;
    std::optional<Job> whole(std::int64_t key) override { return job(key); }
    std::optional<std::int64_t> key_of_client_id(const std::string& client_id) override;
    std::vector<std::int64_t> dependents(std::int64_t key, std::size_t limit) override;
    std::vector<std::int64_t> members(const std::string& workflow_id) override;
    std::optional<Job> duplicate(const std::string& match, JobState first, JobState last) override;
    std::optional<json::object> record_body(const RecordName& name) override;
    const Counters& counters() const override { return counters_; }
    std::int64_t highest_key() const override { return highest_key_; }

    // RetentionRows.
    std::optional<std::string> owner_after(const std::optional<std::string>& owner) override;
    std::int64_t count_ended(const std::string& owner, std::int64_t enough) override;
    std::vector<Ended> ended(const std::string& owner, JobState state, std::int64_t after, std::size_t limit) override;
    bool is_awaited(std::int64_t key) override { return counters_.is_awaited(key); }
    bool is_kept(std::int64_t key) override { return jobs_.contains(key); }
    void remove_job(const std::string& owner, JobState state, std::int64_t key) override;
    std::size_t remove_expired(WallTime now, std::size_t limit) override;
    std::size_t remove_events(WallTime cutoff, std::int64_t keep, std::size_t limit) override;

    // For a driver that brings back what it once wrote, in this order of calls or another.
    struct Kept {
        Record record;
        std::optional<WallTime> expires_at;
    };
    void load_job(Job job);
    void load_record(Record record, std::optional<WallTime> expires_at);
    void load_event(Event event);
    void load_marks(std::int64_t last_seq, std::int64_t last_order, std::int64_t highest_key);
    void load_hour(std::int64_t hour, Counters::Hour value) { counters_.set_hour(hour, value); }
    const std::map<std::int64_t, Job>& all_jobs() const { return jobs_; }
    const std::map<std::int64_t, Kept>& all_records() const { return records_; }
    const std::deque<Event>& all_events() const { return events_; }
    std::int64_t last_order() const { return last_order_; }

private:
    using Grouped = std::set<std::tuple<std::string, JobState, std::int64_t>>;

    std::pair<const Grouped*, std::string> narrowest(const JobQuery& query) const;
    void walk(const JobQuery& query, JobState state, std::vector<std::int64_t>& keys) const;
    void set_job(std::int64_t key, std::optional<Job> job);
    void index(const Job& job, bool present);
    void set_record(std::int64_t order, std::optional<Kept> kept);
    void index(const Kept& kept, bool present);
    void touch_job(std::int64_t key);
    void touch_record(std::int64_t order);
    void count(JobChange change);
    void write_change(RecordChange change);
    void write_record(RecordWrite write);
    void delete_records(const RecordDelete& gone);

    std::map<std::int64_t, Job> jobs_;
    Grouped by_owner_;
    Grouped by_match_;
    Grouped by_type_;
    Grouped by_workflow_;
    Grouped by_state_;  // one group
    std::set<std::pair<std::string, std::int64_t>> by_client_id_;
    std::set<std::pair<std::int64_t, std::int64_t>> edges_;  // dependency, dependent
    std::set<std::int64_t> open_;
    std::set<std::pair<std::string, std::int64_t>> open_by_session_;

    std::map<std::int64_t, Kept> records_;  // by order
    std::map<RecordName, std::int64_t> by_name_;
    std::set<std::tuple<std::string, std::string, std::int64_t>> by_scope_;
    std::set<std::pair<std::string, std::int64_t>> by_kind_;
    std::set<std::pair<WallTime, std::int64_t>> by_expiry_;

    std::deque<Event> events_;
    Counters counters_;
    Retention retention_;
    std::int64_t last_seq_ = 0;
    std::int64_t last_order_ = 0;
    std::int64_t highest_key_ = 0;
    Undo* undo_ = nullptr;  // during a change
};

}  // namespace lanekeeper

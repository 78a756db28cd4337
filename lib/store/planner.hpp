#pragma once
// Private to the planning sources.
#include "store/plan.hpp"

#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace lanekeeper {

/// The rows as they will be after what this mutation has planned so far.
class RecordView {
public:
    explicit RecordView(Rows& rows) : rows_(rows) {}
    std::optional<json::object> body(const RecordName& name) const;
    void put(const RecordName& name, const json::object& body) { planned_[name] = body; }
    void remove(const RecordDelete& gone);

private:
    Rows& rows_;
    std::map<RecordName, std::optional<json::object>> planned_;
    std::set<std::pair<std::string, std::string>> emptied_;  // whole scopes
};

/// The refusal of what was decided on a job that is not as it was then.
Problem stale_job(std::int64_t key, const std::optional<JobHead>& head);

class Planner {
public:
    explicit Planner(Rows& rows) : rows_(rows), view_(rows) {}
    Result<Plan> run(Mutation mutation);

private:
    Result<void> check_fence(const RunFence& fence);
    Result<void> insert_all(std::vector<JobInsert> inserts, WallTime at);
    std::vector<Inserted> inserted_as_they_are();
    Result<void> insert(JobInsert& insert, std::size_t index);
    Result<void> update(JobUpdate update);
    void write_job(JobWrite write);

    // Operators' retries.
    Result<void> reopen(const JobUpdate& update, const JobHead& stored);
    Result<void> check_reopening(const Job& next, const JobHead& stored, Capacity capacity);
    Result<void> check_completed(const Job& job);
    Result<void> reopen_dependents(WallTime at);
    Result<void> reopen_dependents_of(std::int64_t key, WallTime at);
    std::map<std::int64_t, Job> ended_because_of(std::int64_t key);
    void drop_doomed(std::map<std::int64_t, Job>& jobs, std::int64_t root);
    void drop_duplicates(std::map<std::int64_t, Job>& jobs);
    bool is_doomed(const Job& job, const std::map<std::int64_t, Job>& reopened, std::int64_t root);
    Result<void> effects(Effects effects, WallTime at);
    Result<json::object> planned_body(const RecordPut& put, bool& exists);
    Result<std::optional<std::size_t>> put(RecordPut put);

    // What inserted jobs wait for.
    Result<void> settle(JobInsert& insert, std::size_t index, WallTime at);
    std::optional<std::int64_t> resolve(const std::string& id);
    Result<std::vector<Dependency>> resolve_all(const std::vector<std::string>& ids, std::size_t index);
    int count_open_dependencies(const Job& job);
    Problem of_insert(Problem problem, std::size_t index) const;

    // Workflows.
    std::optional<std::int64_t> open_workflow_of(const JobHead& job);
    std::vector<std::int64_t> members(std::int64_t aggregate);
    Result<void> leave_workflow(std::int64_t key, WallTime at);
    void rejoin_workflow(const JobHead& job);
    Result<void> conclude(std::int64_t aggregate, WallTime at);
    Result<void> cancel_aggregate(const CancelAggregate& wish, WallTime at);
    Result<void> cancel_member(std::int64_t key, const std::string& reason, WallTime at);
    void note(const Transition& transition);
    void keep_wish(Job& next);

    // What ended jobs bring about.
    Result<void> cascade(WallTime at);
    std::vector<std::int64_t> dependents(std::int64_t key);
    Result<void> touch_dependent(std::int64_t key, std::int64_t cause, WallTime at);
    Result<void> release(std::int64_t key, JobHead head, WallTime at);
    Result<void> follow(Transition transition, WallTime at);
    std::optional<Job> planned(std::int64_t key);
    void note_still_open();

    Result<void> check_ids(const Job& job, std::size_t index);
    void note_stand_in(const JobInsert& insert, std::int64_t key);
    Result<void> check_stand_ins() const;
    void refresh_stand_ins();
    bool absorb_duplicate(JobInsert& insert);
    std::optional<Job> find_duplicate(const std::string& match, JobState first, JobState last);
    void merge_into(Job job, const JobInsert& insert);
    Result<void> check_capacity(const std::string& owner, Capacity capacity) const;
    void count_open(const std::string& owner);
    std::optional<JobHead> head(std::int64_t key);
    static JobHead head_of(const Job& job);
    std::string public_id(std::int64_t key);

    Rows& rows_;
    RecordView view_;
    Plan plan_;
    std::unordered_map<std::int64_t, JobHead> heads_;              // of jobs that this mutation touches
    std::unordered_map<std::string, std::size_t> new_by_match_;    // index in plan_.inserted
    std::unordered_map<std::string, std::int64_t> new_by_owner_;
    std::int64_t new_in_lanes_ = 0;

    TellTransition tell_;
    std::size_t insert_count_ = 0;
    std::unordered_map<std::int64_t, std::size_t> new_by_key_;  // index in plan_.inserted
    std::unordered_map<std::int64_t, std::size_t> last_write_;  // index in plan_.updates
    std::unordered_map<std::string, std::int64_t> new_client_ids_;
    std::unordered_map<std::int64_t, std::int64_t> stand_ins_;  // for inserts that were duplicates
    std::unordered_map<std::int64_t, std::vector<std::int64_t>> new_dependents_;
    std::vector<std::pair<std::int64_t, std::int64_t>> doomed_;  // a new job, and what ended it before it was there
    std::vector<std::int64_t> reopened_;  // whose dependents are to follow
    std::set<std::string> reopened_matches_;
    std::vector<std::int64_t> ended_;     // by this mutation, in order
    std::vector<std::int64_t> wished_;    // wait again, and were to be canceled
    std::vector<std::int64_t> released_;  // go on waiting, for another number
};

}  // namespace lanekeeper

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

class Planner {
public:
    explicit Planner(Rows& rows) : rows_(rows), view_(rows) {}
    Result<Plan> run(Mutation mutation);

private:
    Result<void> check_fence(const RunFence& fence);
    Result<void> insert(JobInsert insert, WallTime at);
    Result<void> update(JobUpdate update);
    Result<void> reopen(const JobUpdate& update, const std::string& owner);
    Result<void> effects(Effects effects, WallTime at);
    Result<json::object> planned_body(const RecordPut& put, bool& exists);
    Result<void> put(RecordPut put);

    bool absorb_duplicate(JobInsert& insert);
    std::optional<Job> find_duplicate(const std::string& match, JobState first, JobState last);
    void merge_into(Job job, const JobInsert& insert);
    Result<void> check_capacity(const std::string& owner, Capacity capacity) const;
    void count_open(const std::string& owner);
    std::optional<JobHead> head(std::int64_t key);

    Rows& rows_;
    RecordView view_;
    Plan plan_;
    std::unordered_map<std::int64_t, JobHead> heads_;              // of jobs that this mutation touches
    std::unordered_map<std::string, std::size_t> new_by_match_;    // index in plan_.inserted
    std::unordered_map<std::string, std::int64_t> new_by_owner_;
    std::int64_t new_in_lanes_ = 0;
};

}  // namespace lanekeeper

#pragma once
#include "job/lifecycle.hpp"

#include <string>
#include <string_view>

namespace lanekeeper {

// The parent of a workflow (jobs-family.md, Workflow): a job that no worker runs. It is pending, with the number of its
// jobs that are open as its `open_dependencies`, until the commit in which the last of them ends, which ends it too.
// Its jobs name it in `workflow_id`.

inline constexpr std::string_view aggregate_type = "workflow";

inline bool is_aggregate(const Job& job) { return job.type == aggregate_type && job.executor.empty(); }

/// What an aggregate keeps of its request. `keys`: {<id of a job>: <its key in the workflow>}, of those that have one.
json::object aggregate_payload(std::string_view mode, std::size_t jobs, json::object keys);
/// The key that a job has in this workflow; null without one.
json::value aggregate_key(const Job& aggregate, std::string_view job_id);
/// {total, ended, open}.
json::object aggregate_progress(const Job& aggregate);

/// How an aggregate ends, from its jobs, which have all ended: completed when all completed; canceled when that was asked
/// for and met any; else failed when any failed or expired ("workflow_failed: 1 of 3 failed"), else canceled.
/// Its result, however it ends: {results: {<key or id>: output}, allSuccess, errors: [{key, jobId, status, error}]}. An
/// output is the result's own member of that name, where it has one, else the whole result. One that would make all of it
/// larger than limits::job_result is null, then errors are left out, and `truncated` is true.
class AggregateEnd {
public:
    explicit AggregateEnd(const Job& aggregate) : aggregate_(aggregate) {}
    void add(const Job& job);
    Transition transition(WallTime at);

private:
    void add_output(const Job& job);
    void add_error(const Job& job);
    json::object result();
    Transition decide(WallTime at) const;

    const Job& aggregate_;
    json::object results_;
    json::array errors_;
    std::size_t names_bytes_ = 0;
    std::size_t outputs_bytes_ = 0;
    std::size_t errors_bytes_ = 0;
    std::size_t total_ = 0;
    std::size_t completed_ = 0;
    std::size_t canceled_ = 0;
    std::optional<WallTime> started_at_;  // the first of them
    bool truncated_ = false;
};

}  // namespace lanekeeper

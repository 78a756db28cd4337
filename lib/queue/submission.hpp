#pragma once
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "job/effects.hpp"
#include "job/job.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// One job as `POST /api/jobs` asks for it (jobs-family.md, Submit).
struct Submission {
    Submission() = default;
    std::string type;                      // a registered one, or a free word
    std::optional<std::string> executor;   // runs it in place of its type
    std::string owner;                     // of a lane; empty: the pool
    std::optional<std::string> client_id;  // its id, instead of one of ours
    std::optional<std::string> name;
    json::object payload;
    json::value metadata;
    int priority = 5;
    std::vector<std::string> dependencies;  // ids of jobs, of this request too
    std::vector<std::size_t> after;         // and jobs of this request, by their places
    std::optional<std::string> key;         // its name within its workflow
    std::optional<Millis> timeout;          // of an attempt
    std::optional<WallTime> scheduled_for;
    std::optional<WallTime> expires_at;     // of the whole job
    std::optional<int> max_retries;
    std::optional<std::string> dedupe_key;
    json::object told;  // what `job:created` says of it: the submission as it came
    /// Rows of the one commit that brings the job, by its id. Pure. They are written when another job stands for it, too.
    std::function<Effects(const Job& job)> along;
};

/// The aggregate over the jobs of a request (jobs-family.md, Workflow).
struct WorkflowRequest {
    WorkflowRequest() = default;
    WorkflowRequest(std::string name_, std::string mode_) : name(std::move(name_)), mode(std::move(mode_)) {}
    std::string name;
    std::string mode;  // sequential, parallel or dag: for people, `after` says who waits for whom
};

/// All that one request asks for: stored whole, in one commit, or not at all.
struct Batch {
    Batch() = default;
    Batch(std::vector<Submission> jobs_) : jobs(std::move(jobs_)) {}
    std::vector<Submission> jobs;
    std::optional<WorkflowRequest> workflow;
    /// Where the jobs stand in the request, when it is a list of them: refusals name the job by its place.
    std::optional<json::array> list;
    /// A record to commit with the jobs, which are given as they are answered (the workflow's own first). Pure.
    std::function<RecordPut(const std::vector<Job>& jobs)> keep_answer;
};

/// What jobs of a workflow say of each other in `dependencies`: keys, and "#0" for the first, become places in `after`.
/// A key wins over the id of another job. `in_order`: each also waits for the one before it. Refuses duplicate_key {key,
/// indexes}, and unknown_dependency {ids, index} for a place that there is not.
Result<void> link_workflow(std::vector<Submission>& jobs, bool in_order);

/// Refuses cyclic_dependency {cycle} when jobs of one request wait for each other, by their places or by their own ids.
/// The cycle names keys, own ids or places, and begins and ends with the one that stands first.
Result<void> check_cycles(const std::vector<Submission>& jobs);

}  // namespace lanekeeper

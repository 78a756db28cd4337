#pragma once
#include "base/limits.hpp"
#include "queue/queue.hpp"

#include <string>

namespace lanekeeper {

/// What a dependent is given of the jobs that it waited for (jobs-family.md, Dependencies): {<jobId>: {output, status}}.
/// `output` is the result's own member of that name, where it has one, else the whole result; null where there is none. The
/// outputs have `most_bytes` in all, as JSON: one that would go over it is null, and `truncated` beside it is true. Who wants it
/// reads that job.
class DependencyResults {
public:
    static constexpr std::size_t most_bytes = limits::job_result;

    void add(const std::string& id, const Job& job);
    json::object take() { return std::move(by_id_); }

private:
    json::object by_id_;
    std::size_t bytes_ = 0;
};

/// Of its direct dependencies; null when it has none. They have ended, so a repetition says the same; of one that is no longer
/// kept nothing is said.
Task<json::value> dependency_results(Queue& queue, Job job);

}  // namespace lanekeeper

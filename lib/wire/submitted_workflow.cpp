#include "wire/submitted_workflow.hpp"

#include "job/aggregate.hpp"
#include "job/outcome.hpp"
#include "wire/submitted_job.hpp"

namespace lanekeeper::wire {

json::object submitted_workflow(const std::vector<Job>& all) {
    const Job& own = all.front();
    json::array jobs;
    for (std::size_t i = 1; i < all.size(); ++i) {
        const Job& job = all[i];
        auto id = job.id();
        json::array dependencies;
        for (const auto& dependency : job.dependencies) dependencies.push_back(json::string(dependency.id));
        jobs.push_back({{"key", aggregate_key(own, id)},
                        {"jobId", id},
                        {"type", job.type},
                        {"status", status_word(job.state)},
                        {"dependencies", std::move(dependencies)}});
    }
    return {{"workflowId", own.id()},
            {"jobId", own.id()},
            {"name", own.name.value_or("")},
            {"mode", own.payload.at("mode")},
            {"status", status_word(own.state)},
            {"jobs", std::move(jobs)},
            {"createdAt", iso(own.created_at)}};
}

json::object submitted_jobs(const std::vector<Job>& jobs) {
    json::array list;
    for (const auto& job : jobs) list.push_back(submitted_job(job));
    return {{"jobs", std::move(list)}};
}

}  // namespace lanekeeper::wire

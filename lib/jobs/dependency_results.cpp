#include "jobs/dependency_results.hpp"

namespace lanekeeper {

json::object dependency_result(const Job& job) {
    json::value output;
    if (job.result) {
        const auto* said = job.result->if_contains("output");
        output = said ? *said : json::value(*job.result);
    }
    return {{"output", std::move(output)}, {"status", job.state == JobState::canceled ? "cancelled" : to_word(job.state)}};
}

Task<json::value> dependency_results(Queue& queue, Job job) {
    json::value results;
    if (job.dependencies.empty()) co_return results;
    json::object by_id;
    for (const auto& dependency : job.dependencies) {
        auto one = co_await queue.get(dependency.id);
        if (one) by_id[dependency.id] = dependency_result(*one);
    }
    results = std::move(by_id);
    co_return results;
}

}  // namespace lanekeeper

#include "jobs/dependency_results.hpp"

namespace lanekeeper {
namespace {

json::value output_of(const Job& job) {
    if (!job.result) return nullptr;
    const auto* said = job.result->if_contains("output");
    return said ? *said : json::value(*job.result);
}

}  // namespace

void DependencyResults::add(const std::string& id, const Job& job) {
    auto output = output_of(job);
    auto bytes = output.is_null() ? 0 : json::serialize(output).size();
    bool fits = bytes_ + bytes <= most_bytes;
    json::object entry{{"output", nullptr}, {"status", job.state == JobState::canceled ? "cancelled" : to_word(job.state)}};
    if (fits) {
        bytes_ += bytes;
        entry["output"] = std::move(output);
    } else {
        entry["truncated"] = true;
    }
    by_id_[id] = std::move(entry);
}

Task<json::value> dependency_results(Queue& queue, Job job) {
    json::value results;
    if (job.dependencies.empty()) co_return results;
    DependencyResults gathered;
    for (const auto& dependency : job.dependencies) {
        auto one = co_await queue.get(dependency.id);
        if (one) gathered.add(dependency.id, *one);
    }
    results = gathered.take();
    co_return results;
}

}  // namespace lanekeeper

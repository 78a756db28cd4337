#include "jobs/dependency_results.hpp"

#include "base/ids.hpp"
#include "job/outcome.hpp"

namespace lanekeeper {

void DependencyResults::add(const std::string& id, const Job& job) {
    auto output = output_of(job);
    auto bytes = output.is_null() ? 0 : json::serialize(output).size();
    bool fits = bytes_ + bytes <= most_bytes;
    json::object entry{{"output", nullptr}, {"status", status_word(job.state)}};
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
        auto one = co_await queue.get(job_id(dependency.key));  // its public id may be another's by now
        if (one) gathered.add(dependency.id, *one);
    }
    results = gathered.take();
    co_return results;
}

}  // namespace lanekeeper

#include "jobs/executors/work_order.hpp"

namespace lanekeeper {

json::object work_order(const Job& job, const json::object& payload, const json::value& dependency_results) {
    json::object order{{"jobId", job.id()}, {"type", job.type}, {"run", job.run}, {"attempt", job.attempts}};
    const auto* prompt = payload.if_contains("prompt");
    if (prompt && prompt->is_string()) order["prompt"] = *prompt;
    order["payload"] = payload;
    order["metadata"] = job.metadata;
    if (!dependency_results.is_null()) order["dependencyResults"] = dependency_results;
    return order;
}

}  // namespace lanekeeper

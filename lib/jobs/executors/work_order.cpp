#include "jobs/executors/work_order.hpp"

#include "jobs/dependency_results.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

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

Task<std::string> write_order(Queue& queue, std::shared_ptr<RunContext> context, json::object payload) {
    Job job = context->job();
    auto asking = dependency_results(queue, job);
    auto results = co_await std::move(asking);
    if (context->stop_requested()) throw boost::system::system_error(asio::error::operation_aborted);
    co_return json::serialize(work_order(job, payload, results));
}

}  // namespace lanekeeper

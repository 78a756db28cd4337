#include "jobs/worker.hpp"

namespace lanekeeper {
namespace {

constexpr Millis longest_pause = std::chrono::minutes(15);

}  // namespace

Definition worker_executor(const Settings& settings, std::string name) {
    Definition definition;
    definition.type = std::move(name);
    definition.remote = true;
    definition.payload_schema = Schema::open_object({});
    definition.result_schema = Schema::open_object({});
    definition.retry.backoff = Backoff::exponential(settings.pool.retry_delay, longest_pause);
    definition.timeout = Millis{0};
    return definition;
}

}  // namespace lanekeeper

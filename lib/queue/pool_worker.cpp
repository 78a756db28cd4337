#include "queue/pool_worker.hpp"

#include "queue/pool.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

std::int64_t tokens(const json::value& usage, const char* which) {
    const auto* object = usage.if_object();
    const auto* count = object ? object->if_contains(which) : nullptr;
    return count && count->is_number() ? count->to_number<std::int64_t>() : 0;
}

}  // namespace

PoolWorker::PoolWorker(Pool& pool, QueueCore& core, Strand strand, Nursery& nursery, int number, MonoTime now)
    : idle_since(now), last_beat(now), pool_(pool), id_(fmt::format("w-{:03}", number)),
      supervisor_(core, *this, std::move(strand), nursery) {}

const std::string& PoolWorker::owner() const { return pool_.owner_; }
/// The worker with its pool: it may be sent home, or replaced, while a runner of its goes on.
std::shared_ptr<void> PoolWorker::keep() {
    struct Kept {
        std::shared_ptr<Pool> pool;
        std::shared_ptr<PoolWorker> worker;
    };
    return std::make_shared<Kept>(Kept{pool_.shared_from_this(), shared_from_this()});
}
void PoolWorker::changed() { pool_.quiet_->wake(); }
void PoolWorker::put_back(const Job& job) { pool_.add(job); }

void PoolWorker::job_ran(const Job& job, Millis) {
    tokens_in += tokens(job.token_usage, "input");
    tokens_out += tokens(job.token_usage, "output");
    bool well = job.state == JobState::completed;
    bool badly = job.state == JobState::failed || job.state == JobState::expired;
    if (well) ++completed;
    if (badly) ++failed;
    failed_in_a_row = well ? 0 : failed_in_a_row + (badly ? 1 : 0);
}

}  // namespace lanekeeper

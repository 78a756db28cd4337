// pool_within_bounds: no more jobs of the pool run than it may have workers, or than JOB_MAX_CONCURRENT.
// one_job_a_worker: each of them on a worker of its own (jobs-family.md, Worker pool).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class PoolWorkers final : public Invariant {
public:
    using Invariant::Invariant;

    void committed(const Commit& commit) override {
        const auto& running = book().pool().running;
        if (running.size() > pool_slots()) broken("pool_within_bounds", "{} jobs run, {} may", running.size(), pool_slots());
        for (const auto& change : commit.changes)
            if (is_start(change) && change.after.in_pool() && !is_remote(change.after)) look_at_worker(change.after);
    }

private:
    void look_at_worker(const Job& job) {
        if (!job.worker_id) return broken("one_job_a_worker", "{} runs on no worker", name(job));
        for (auto key : book().pool().running)
            if (key != job.key && book().find(key)->job.worker_id == job.worker_id)
                broken("one_job_a_worker", "{} started on {} beside {}", name(job), *job.worker_id, book().name(key));
    }
};

}  // namespace

std::unique_ptr<Invariant> pool_workers(Referee& referee) { return std::make_unique<PoolWorkers>(referee); }

}  // namespace lanekeeper::simulation

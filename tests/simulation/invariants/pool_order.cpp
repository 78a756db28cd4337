// pool_order: in the pool the lowest (priority, sequence) of those that are ready goes first, whatever its class and
// however long others have waited (jobs-family.md, Worker pool).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class PoolOrder final : public Invariant {
public:
    using Invariant::Invariant;

    void deciding(const Commit& commit) override {
        if (now() - referee_.last_failure() < settling) return;
        for (const auto& change : commit.changes)
            if (is_start(change) && change.after.in_pool() && !is_remote(change.after)) look(change.after);
    }

private:
    void look(const Job& job) {
        for (const auto* entry : ready(book().pool())) {
            bool before = std::pair(entry->job.priority, entry->job.key) < std::pair(job.priority, job.key);
            if (!before) return;
            if (now() - ready_at(*entry) > settling) broken("pool_order", "{} started before {}", name(job), name(entry->job));
        }
    }
};

}  // namespace

std::unique_ptr<Invariant> pool_order(Referee& referee) { return std::make_unique<PoolOrder>(referee); }

}  // namespace lanekeeper::simulation

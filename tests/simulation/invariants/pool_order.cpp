// pool_order: in the pool the lowest (priority, sequence) of those that are ready goes first, whatever its class and
// however long others have waited (jobs-family.md, Worker pool). Several workers start at once, and what can be seen is
// when each start was committed: a job may be overtaken for as long as its own start may be under way.
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class PoolOrder final : public Invariant {
public:
    using Invariant::Invariant;

    void new_life(std::int64_t) override { overtaken_.clear(); }

    void deciding(const Commit& commit) override {
        if (now() - referee_.last_failure() < settling) overtaken_.clear();
        for (const auto& change : commit.changes) {
            overtaken_.erase(change.after.key);
            if (is_start(change) && change.after.in_pool() && !is_remote(change.after)) look(change.after);
        }
    }

private:
    void look(const Job& job) {
        for (const auto* entry : ready(book().pool())) {
            bool before = std::pair(entry->job.priority, entry->job.key) < std::pair(job.priority, job.key);
            if (!before) return;
            auto since = overtaken_.try_emplace(entry->job.key, now()).first->second;
            if (now() - since > settling) broken("pool_order", "{} started before {}", name(job), name(entry->job));
        }
    }

    std::map<std::int64_t, MonoTime> overtaken_;  // ready jobs, since when
};

}  // namespace

std::unique_ptr<Invariant> pool_order(Referee& referee) { return std::make_unique<PoolOrder>(referee); }

}  // namespace lanekeeper::simulation

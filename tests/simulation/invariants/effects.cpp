// stale_run_changes_nothing: an effect of a run is committed only while the job is running with that run (queue.md 6).
// one_effect_per_sink: a job's outcome is written once, in the commit that completes it, and never without it.
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class EffectsOfRuns final : public Invariant {
public:
    using Invariant::Invariant;

    void deciding(const Commit& commit) override {
        for (const auto& put : commit.puts) {
            if (put.kind == "effect") look_at_fence(put);
            if (put.kind == "outcome") look_at_outcome(put, commit);
        }
        for (const auto& change : commit.changes)
            if (change.before && change.after.state == JobState::completed && !is_parent(change.after)) look_for_outcome(change.after, commit);
    }

private:
    void look_at_fence(const RecordPut& put) {
        auto run = put.body.at("run").as_int64();
        const auto* entry = book().find(put.body.at("job").as_int64());
        if (entry && entry->job.state == JobState::running && entry->job.run == run) return;
        broken("stale_run_changes_nothing", "run {} of {} wrote its effect, the job is {} with run {}", run,
               entry ? name(entry->job) : "?", entry ? to_word(entry->job.state) : "gone", entry ? entry->job.run : 0);
    }

    void look_at_outcome(const RecordPut& put, const Commit& commit) {
        auto key = put.body.at("job").as_int64();
        const auto* entry = book().find(key);
        if (entry && entry->outcomes > 0) broken("one_effect_per_sink", "{} has a second outcome", name(entry->job));
        for (const auto& change : commit.changes)
            if (change.after.key == key && change.after.state == JobState::completed) return;
        broken("one_effect_per_sink", "the outcome of {} was written without its end", book().name(key));
    }

    void look_for_outcome(const Job& job, const Commit& commit) {
        for (const auto& put : commit.puts)
            if (put.kind == "outcome" && put.body.at("job").as_int64() == job.key) return;
        broken("one_effect_per_sink", "{} completed without its outcome", name(job));
    }
};

}  // namespace

std::unique_ptr<Invariant> effects(Referee& referee) { return std::make_unique<EffectsOfRuns>(referee); }

}  // namespace lanekeeper::simulation

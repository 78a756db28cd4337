// seq_without_gap: the events of each commit continue where the last one ended, and every process publishes all of them,
// in that order. published_is_committed: what is published is in the store at that moment, word for word.
// transition_is_told, told_once: the commit that changes a job's state holds the event that tells of it, once (queue.md 2,
// 10).
#include "simulation/invariants/all.hpp"

#include <algorithm>

namespace lanekeeper::simulation {
namespace {

class News final : public Invariant {
public:
    using Invariant::Invariant;

    void committed(const Commit& commit) override {
        for (const auto& event : commit.events) {
            if (event.seq != std::int64_t(texts_.size()) + 1)
                broken("seq_without_gap", "the event after {} got seq {}", texts_.size(), event.seq);
            texts_.resize(std::size_t(event.seq));
            texts_.back() = event.text;
        }
        for (const auto& change : commit.changes)
            if (is_news(change)) look_for_news(change.after, commit);
    }

    void published(const Event& event) override {
        if (event.seq == 0) return;
        if (event.seq > std::int64_t(texts_.size()) || texts_[std::size_t(event.seq - 1)] != event.text)
            broken("published_is_committed", "{} was published as {}, which is not in the store", event.type, event.seq);
        else if (event.seq != told_ + 1)
            broken("seq_without_gap", "{} was published after {}", event.seq, told_);
        told_ = event.seq;
    }

    void new_life(std::int64_t newest_seq) override { told_ = newest_seq; }

private:
    // A job that waits again, for one that is retried, is told when it is free to run.
    static bool is_news(const Change& change) {
        if (!change.before) return true;
        bool waits_again = is_reopened(change) && change.after.state == JobState::pending && change.after.in_pool();
        return change.before->state != change.after.state && !waits_again;
    }

    void look_for_news(const Job& job, const Commit& commit) {
        auto type = job.in_pool() ? "job:" + pool_word(job.state) : "orchestrator_job_" + lane_word(job.state);
        auto tells = [&](const Event& event) { return event.type == type && event.job_id == job.id(); };
        auto told = std::ranges::count_if(commit.events, tells);
        if (told == 0) broken("transition_is_told", "{} is {} and nobody is told", name(job), to_word(job.state));
        if (told > 1) broken("told_once", "{} is {}, which is told {} times", name(job), to_word(job.state), told);
    }

    static std::string lane_word(JobState state) {
        if (state == JobState::running) return "started";
        if (state == JobState::pending) return "queued";
        return std::string(to_word(state == JobState::expired ? JobState::failed : state));
    }

    static std::string pool_word(JobState state) {
        if (state == JobState::running) return "started";
        if (state == JobState::pending) return "created";
        return state == JobState::canceled ? "cancelled" : std::string(to_word(state));
    }

    std::vector<std::string> texts_;
    std::int64_t told_ = 0;
};

}  // namespace

std::unique_ptr<Invariant> news(Referee& referee) { return std::make_unique<News>(referee); }

}  // namespace lanekeeper::simulation

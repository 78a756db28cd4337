#pragma once
#include "async/time_source.hpp"
#include "base/error.hpp"
#include "simulation/book.hpp"
#include "simulation/graph.hpp"
#include "simulation/rules.hpp"
#include "simulation/trace.hpp"
#include "store/store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper::simulation {

class Invariant;

/// How often what happened: shows that a simulation meets what it is meant to meet.
using Census = std::map<std::string, std::int64_t>;

/// The first promise that was broken.
struct Broken {
    std::string promise;  // the name of the invariant
    std::string text;
};

/// Watches the store, the news and the runners from outside, keeps the book, and asks every invariant after each commit,
/// each event and each step of time. It outlives the processes that crash.
class Referee {
public:
    Referee(const TimeSource& time, const QueueSettings& settings, const PoolSettings& pool, Trace& trace);
    ~Referee();

    void committed(Commit commit);
    /// `inserts`: how many jobs the mutation would have brought.
    void refused(const Problem& problem, std::size_t inserts);
    void storage_failed();
    void published(const Event& event);
    void run_begins(const Job& job);
    void run_given(const Job& job);
    void stepped();
    void new_life(std::int64_t newest_seq);
    /// `counts`: what the store says it keeps.
    void recount(const StoreCounts& counts);
    /// A person asked for another try of this job, and with `cascade` of those that ended because it had; without it terminal
    /// states are final.
    void retry_asked(std::int64_t key, bool cascade);
    bool was_retry_asked(const Job& job) const;

    /// A graph that people are about to submit: how each of its jobs must end is known.
    void announce(const Graph& graph);
    const std::map<std::string, PlannedJob>& plans() const { return plans_; }

    /// Whether a queue is up and starts jobs.
    void set_granting(bool granting) { granting_ = granting; }
    bool granting() const { return granting_; }

    void broken(std::string promise, std::string text);
    const std::optional<Broken>& verdict() const { return verdict_; }

    void count(const std::string& what) { ++census_[what]; }
    const Census& census() const { return census_; }

    const Book& book() const { return book_; }
    const QueueSettings& settings() const { return settings_; }
    const PoolSettings& pool() const { return pool_; }
    const TimeSource& time() const { return time_; }
    Trace& trace() { return trace_; }
    /// When the store last failed a commit: what takes longer after that is no surprise.
    MonoTime last_failure() const { return last_failure_; }

private:
    void tell(const Commit& commit);
    void count(const Change& change);

    const TimeSource& time_;
    const QueueSettings settings_;
    const PoolSettings pool_;
    Trace& trace_;
    Book book_;
    std::vector<std::unique_ptr<Invariant>> invariants_;
    std::set<std::int64_t> retries_asked_, cascades_asked_;
    std::map<std::string, PlannedJob> plans_;  // by the job's id
    std::optional<Broken> verdict_;
    Census census_;
    MonoTime last_failure_{};
    bool granting_ = false;
};

}  // namespace lanekeeper::simulation

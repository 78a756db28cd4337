#pragma once
#include "async/baton.hpp"
#include "async/nursery.hpp"
#include "async/on_strand.hpp"
#include "queue/attempt.hpp"
#include "queue/core.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lanekeeper {

/// Whose jobs a supervisor runs: a lane, or a worker of the pool. Called on the strand they share.
class JobHouse {
public:
    virtual ~JobHouse() = default;
    virtual const std::string& owner() const = 0;
    /// Keeps the house while coroutines of its jobs run.
    virtual std::shared_ptr<void> keep() = 0;
    /// Something that it shows has changed.
    virtual void changed() = 0;
    /// This job waits again.
    virtual void put_back(const Job& job) = 0;
    virtual void job_ran(const Job& job, Millis took) = 0;
};

/// Sees jobs through, one at a time: starts an attempt durably, runs it, ends it when there is a reason to, writes how it
/// ended (queue.md 2, 5 to 7). Everything on the house's strand. Transitions of the running job are made under the
/// baton, one at a time: what was decided is what is committed.
class Supervisor {
public:
    Supervisor(QueueCore& core, JobHouse& house, Strand strand, Nursery& nursery)
        : core_(core), house_(house), strand_(std::move(strand)), nursery_(nursery), baton_(strand_) {}

    Baton& baton() { return baton_; }
    const std::shared_ptr<Attempt>& running() const { return running_; }
    Task<std::optional<Job>> commit(Transition transition);

    /// Spends an attempt of this job. Nothing: it is not to be run, because it waits no more, or has failed as unfit. The
    /// caller holds the baton. Throws StorageUnavailable: nothing changed.
    Task<std::shared_ptr<Attempt>> start(std::int64_t key, json::value dispatch, std::optional<std::string> worker_id = {});
    /// Returns when the house may go on: the attempt has ended and that is written, or the queue stops.
    Task<void> see_through(std::shared_ptr<Attempt> attempt);
    /// The wish is durable before the signal. The caller holds the baton; the job is the one that runs.
    Task<Result<Job>> cancel(std::string reason);

    // For a stop.
    void ask_to_end(StopCause cause);
    void force();
    /// After a failure: what still runs of it counts no more.
    void let_go();

private:
    friend class AttemptContext;
    std::shared_ptr<Supervisor> kept() { return {house_.keep(), this}; }
    Task<void> supervise(std::shared_ptr<Attempt> attempt);
    Task<void> end_politely(std::shared_ptr<Attempt> attempt, std::shared_ptr<Nursery::Child> runner);
    Task<void> interrupt_turn(std::shared_ptr<Attempt> attempt);
    Task<void> ask_interrupt(RunningContext turn, std::string job_id);
    void start_interrupting(const std::shared_ptr<Attempt>& attempt);
    Task<void> finish(std::shared_ptr<Attempt> attempt);
    Task<bool> finish_once(std::shared_ptr<Attempt> attempt, AttemptEnd end);
    Task<void> run_definition(std::shared_ptr<Supervisor> self, std::shared_ptr<Attempt> attempt, json::object payload);
    void runner_ended(const std::shared_ptr<Attempt>& attempt, std::exception_ptr failure);

    QueueCore& core_;
    JobHouse& house_;
    Strand strand_;
    Nursery& nursery_;
    Baton baton_;
    std::shared_ptr<Attempt> running_;
};

}  // namespace lanekeeper

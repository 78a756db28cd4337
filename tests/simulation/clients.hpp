#pragma once
#include "async/time_source.hpp"
#include "queue/queue.hpp"
#include "simulation/referee.hpp"

#include <string>
#include <vector>

namespace lanekeeper::simulation {

/// What the people outside remember, whatever becomes of the process that answered them.
struct Memory {
    int orders = 0;                              // so many payloads were made
    std::vector<std::int64_t> jobs;              // that were acknowledged
    std::map<std::string, std::string> answers;  // idempotency key → job id
};

std::vector<std::string> owners();

/// People who use the queue, by chance: enqueue, cancel, retry, pause, wait. They check what they are told.
class Clients {
public:
    Clients(Queue& queue, TimeSource& time, Random& random, Referee& referee, Memory& memory)
        : queue_(queue), time_(time), random_(random), referee_(referee), memory_(memory) {}

    /// One of them, until `leave`.
    Task<void> live();
    void leave() { leaving_ = true; }
    /// Everybody's pauses are ended.
    Task<void> resume_all();

private:
    Task<void> act();
    Task<void> enqueue(bool urgent);
    Task<void> enqueue_burst();
    Task<void> enqueue_once();
    Task<void> cancel();
    Task<void> cancel_session();
    Task<void> retry();
    Task<void> pause_lane();
    Task<void> await_end();
    EnqueueRequest request();
    std::string some_owner();
    std::int64_t some_job();
    void acknowledged(const Enqueued& enqueued);

    Queue& queue_;
    TimeSource& time_;
    Random& random_;
    Referee& referee_;
    Memory& memory_;
    bool leaving_ = false;
};

}  // namespace lanekeeper::simulation

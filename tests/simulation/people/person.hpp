#pragma once
#include "async/time_source.hpp"
#include "queue/queue.hpp"
#include "simulation/people/memory.hpp"
#include "simulation/referee.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lanekeeper {
class Schedules;
}

namespace lanekeeper::simulation {

/// What people have to do with.
struct Place {
    Queue& queue;
    TimeSource& time;
    Random& random;
    Referee& referee;
    Memory& memory;
    Schedules& schedules;
};

/// Owners of lanes.
std::vector<std::string> owners();

/// Somebody who uses the queue, by chance, and checks what he is told.
class Person {
public:
    explicit Person(Place& place)
        : queue_(place.queue), time_(place.time), random_(place.random), referee_(place.referee), memory_(place.memory) {}
    virtual ~Person() = default;

    /// Acts now and then, until `leave`, or to the end if he stays.
    Task<void> live();
    void leave() { leaving_ = true; }
    /// Others depend on him.
    virtual bool stays() const { return false; }

protected:
    virtual Task<void> act() = 0;
    virtual Millis longest_pause() { return one_in(random_, 6) ? Millis{1500} : Millis{200}; }

    // What everybody does now and then, to jobs that anybody made.
    Task<void> cancel();
    Task<void> retry();
    Task<void> await_end();
    /// Pauses or drains a lane, or "pool", and resumes it a little later.
    Task<void> pause(std::string lane);

    std::string some_owner();
    /// Most likely one of the latest.
    std::int64_t some_job();
    std::string id_of(std::int64_t key) const { return referee_.book().find(key)->job.id(); }
    void acknowledged(const Enqueued& enqueued);

    Queue& queue_;
    TimeSource& time_;
    Random& random_;
    Referee& referee_;
    Memory& memory_;
    bool leaving_ = false;
};

/// Everybody who uses one process.
std::vector<std::unique_ptr<Person>> all_people(Place& place);

/// Everybody's pauses are ended, and nothing goes by the clock any more.
Task<void> resume_all(Place place);

}  // namespace lanekeeper::simulation

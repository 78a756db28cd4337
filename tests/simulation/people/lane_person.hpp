#pragma once
#include "simulation/people/person.hpp"

namespace lanekeeper::simulation {

/// Works with lanes: enqueues, cancels, retries, pauses, waits.
class LanePerson final : public Person {
public:
    using Person::Person;

private:
    Task<void> act() override;
    Task<void> enqueue();
    Task<void> enqueue_burst();
    Task<void> enqueue_once();
    Task<void> cancel_session();
    EnqueueRequest request();
};

}  // namespace lanekeeper::simulation

#pragma once
#include "queue/schedules/schedules.hpp"
#include "simulation/people/person.hpp"

namespace lanekeeper::simulation {

/// Makes schedules, changes and removes them, and runs them by hand.
class SchedulePerson final : public Person {
public:
    explicit SchedulePerson(Place& place) : Person(place), schedules_(place.schedules) {}

private:
    Task<void> act() override;
    Task<void> create();
    Task<void> change(std::string id);

    Schedules& schedules_;
};

/// How the stored submission of a schedule is read.
Result<Submission> read_scheduled(const json::object& job);

}  // namespace lanekeeper::simulation

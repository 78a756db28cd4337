#include "simulation/people/graph_person.hpp"
#include "simulation/people/lane_person.hpp"
#include "simulation/people/pool_person.hpp"
#include "simulation/people/remote_person.hpp"
#include "simulation/people/schedule_person.hpp"

namespace lanekeeper::simulation {

std::vector<std::unique_ptr<Person>> all_people(Place& place) {
    std::vector<std::unique_ptr<Person>> all;
    for (int i = 0; i < 3; ++i) all.push_back(std::make_unique<LanePerson>(place));
    for (int i = 0; i < 2; ++i) all.push_back(std::make_unique<PoolPerson>(place));
    all.push_back(std::make_unique<GraphPerson>(place));
    for (const char* name : {"far-1", "far-1", "far-2"}) all.push_back(std::make_unique<RemotePerson>(place, name));
    all.push_back(std::make_unique<SchedulePerson>(place));
    return all;
}

}  // namespace lanekeeper::simulation

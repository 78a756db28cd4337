#pragma once
#include "simulation/people/person.hpp"

namespace lanekeeper::simulation {

/// Submits graphs whose end is known beforehand, whole or job by job; after a lost answer the same again, also to the
/// next process. Nobody else touches them. He is alone: two would not know of each other's calls.
class GraphPerson final : public Person {
public:
    using Person::Person;

private:
    Task<void> act() override;
    Task<void> go_on(std::size_t number);
    void settle(Graph& graph, std::size_t count, bool was_there, const std::string& refused);
    bool stored(const Graph& graph, std::size_t place) const;
};

}  // namespace lanekeeper::simulation

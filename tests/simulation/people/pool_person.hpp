#pragma once
#include "simulation/people/person.hpp"

namespace lanekeeper::simulation {

/// Submits jobs that depend on others, one or several at a time, to the pool and to lanes, and then meddles with them.
class PoolPerson final : public Person {
public:
    using Person::Person;

private:
    Task<void> act() override;
    Task<void> submit_one();
    Task<void> submit_several();
    Task<void> submit_unknown();
    Task<void> submit_again();
    Task<void> submit(Batch batch);
    Submission submission();
    void add_dependencies(Submission& submission);
};

}  // namespace lanekeeper::simulation

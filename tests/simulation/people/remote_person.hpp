#pragma once
#include "simulation/people/person.hpp"

namespace lanekeeper::simulation {

/// A worker outside of the program: claims jobs, gives signs of life, and completes or fails them, or is not heard of any
/// more, or comes too late. He goes on to the end, when he works as he should. Two may go by one name.
class RemotePerson final : public Person {
public:
    RemotePerson(Place& place, std::string name) : Person(place), name_(std::move(name)) {}

private:
    Task<void> act() override;
    bool stays() const override { return true; }
    Task<bool> work(HeldRun held);
    Task<void> complete(HeldRun held, std::int64_t number);
    Task<void> fail(HeldRun held);

    const std::string name_;
};

}  // namespace lanekeeper::simulation

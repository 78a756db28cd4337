#include "runtime/builtin/turn_memory.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using builtin::TurnMemory;

namespace {

std::string name(std::size_t number) { return fmt::format("turn {}", number); }

/// Turns that ran and ended, one after the other, the first with number 0.
void run(TurnMemory& memory, std::size_t count, std::size_t bytes, std::size_t from = 0) {
    for (auto i = from; i < from + count; ++i) {
        auto turn = std::make_shared<builtin::Turn>();
        turn->thread_id = i % 2 == 0 ? "even" : "odd";
        turn->view.turn_id = name(i);
        turn->request.text = std::string(bytes, 'x');
        memory.add(turn);
        memory.ended(*turn);
    }
}

std::size_t first_kept(const TurnMemory& memory, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        if (memory.find(name(i))) return i;
    return count;
}

}  // namespace

TEST_CASE("of small turns the last ones are kept by their number") {
    TurnMemory memory;
    run(memory, 300, 10);
    CHECK(first_kept(memory, 300) == 300 - TurnMemory::kept_turns);
    CHECK(memory.find(name(299)));
}

TEST_CASE("of large turns those are kept that fit, and the last few however large they are") {
    TurnMemory memory;
    run(memory, 100, TurnMemory::kept_bytes / 50);
    CHECK(first_kept(memory, 100) == 50);
    run(memory, 40, TurnMemory::kept_bytes / 10, 100);
    CHECK(first_kept(memory, 140) == 140 - TurnMemory::kept_anyway);
    run(memory, 300, 10, 140);
    CHECK(first_kept(memory, 440) == 440 - TurnMemory::kept_turns);
}

TEST_CASE("what a thread forgets makes room") {
    TurnMemory memory;
    run(memory, 40, TurnMemory::kept_bytes / 50);
    memory.revert("odd", 3);
    CHECK_FALSE(memory.find(name(35)));
    CHECK(memory.find(name(33)));
    memory.forget_thread("even");
    CHECK(first_kept(memory, 40) == 1);
    run(memory, 33, TurnMemory::kept_bytes / 50, 40);
    CHECK(memory.find(name(1)));
    CHECK(memory.find(name(72)));
}

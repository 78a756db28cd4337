#pragma once
#include "async/time_source.hpp"
#include "runtime/runtime.hpp"

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace lanekeeper::builtin {

/// A turn as the built-in runtime plays it.
struct Turn {
    std::string thread_id;
    TurnRequest request;
    TurnView view;
    std::string steered;              // what was added while it ran
    bool interrupted = false;
    std::vector<json::object> items;  // as completed
    std::unique_ptr<Alarm> alarm;     // woken by an interrupt
};

/// The turns that run, and the last ones that ended. At most one runs in a thread.
class TurnMemory {
public:
    static constexpr std::size_t kept_turns = 256;
    static constexpr std::size_t kept_bytes = 64 * 1024 * 1024;  // of ended turns, about
    static constexpr std::size_t kept_anyway = 32;               // turns that whoever waits for their ends may not have read yet

    void add(std::shared_ptr<Turn> turn);
    /// It runs no more; the oldest ended turns are forgotten when there are too many, or they are too large.
    void ended(const Turn& turn);
    std::shared_ptr<Turn> find(const std::string& turn_id) const;
    std::shared_ptr<Turn> active_in(const std::string& thread_id) const;
    void forget_thread(const std::string& thread_id);
    /// Forgets the last `turns` ended turns of a thread.
    void revert(const std::string& thread_id, int turns);

private:
    void forget(const std::string& turn_id);

    std::unordered_map<std::string, std::shared_ptr<Turn>> turns_;
    std::unordered_map<std::string, std::string> active_;  // thread → turn
    struct Ended {
        std::string turn_id;
        std::size_t bytes = 0;
    };
    std::deque<Ended> ended_;  // oldest first
    std::size_t bytes_ = 0;    // of those
};

}  // namespace lanekeeper::builtin

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

    void add(std::shared_ptr<Turn> turn);
    /// It runs no more; the oldest ended turn is forgotten when there are too many.
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
    std::deque<std::string> ended_;                        // oldest first
};

}  // namespace lanekeeper::builtin

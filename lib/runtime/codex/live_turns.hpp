#pragma once
#include "runtime/codex/remembered_ids.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lanekeeper::codex {

/// The turns under way, one a thread at most, from what was asked and what was heard. The app server would let a second
/// turn join the first one without a word, and takes no interrupt before it has said that a turn started
/// (runtime.md 2, Turns): so both are known here.
class LiveTurns {
public:
    struct Turn {
        std::string id;                // empty: asked for, not answered yet
        std::string inner;             // what an interrupt has to name, where that is another
        bool started = false;          // interruptible
        bool to_be_interrupted = false;
    };

    /// Takes the thread for a turn that is about to be asked for. False: it has one.
    bool reserve(const std::string& thread_id);
    /// The turn did not come about.
    void release(const std::string& thread_id);
    /// The turn that was asked for has this id.
    void begin(const std::string& thread_id, const std::string& turn_id);
    /// The server said so, also of turns that nobody here asked for. → whether an interrupt was wished meanwhile. A review
    /// runs as a turn inside the one that was asked for: `inner` is its id.
    bool started(const std::string& thread_id, const std::string& turn_id, const std::string& inner = {});
    /// Something was heard of that turn: it has started, also when nobody said so. What comes before a turn's end alone,
    /// `before_end`, makes a turn known that was not: it has its thread, unless another one has. → as `started`.
    bool stirred(const std::string& thread_id, const std::string& turn_id, bool before_end = false);
    void ended(const std::string& thread_id, const std::string& turn_id);
    /// It was taken for ended, and goes on: it has its thread again, unless another turn has.
    void goes_on(const std::string& thread_id, const std::string& turn_id);
    /// Nobody will hear of turns of this thread any more.
    void forget(const std::string& thread_id) { turns_.erase(thread_id); }

    enum class Interrupt { not_active, remembered, ask };
    /// What a wish to interrupt comes to now.
    Interrupt interrupt(const std::string& thread_id, const std::string& turn_id);

    std::optional<Turn> find(const std::string& thread_id) const;
    bool runs(const std::string& thread_id, const std::string& turn_id) const;
    /// The id by which the server takes an interrupt of that turn.
    std::string interruptible_id(const std::string& thread_id, const std::string& turn_id) const;
    std::size_t size() const { return turns_.size(); }

    /// The server died: {thread, turn} of all that had an id. Nothing is under way any more.
    std::vector<std::pair<std::string, std::string>> lose_all();

    /// Lately.
    bool has_ended(const std::string& turn_id) const { return ended_.has(turn_id); }

private:
    std::map<std::string, Turn> turns_;  // by thread
    RememberedIds ended_;                // an answer may come after the news that it is about
};

}  // namespace lanekeeper::codex

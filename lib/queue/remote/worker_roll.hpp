#pragma once
#include "base/time.hpp"

#include <map>
#include <string>
#include <vector>

namespace lanekeeper {

/// Who was heard of lately, by the name that workers give themselves. Bounded: beyond limits::workers_remembered the one that
/// has been silent for longest is forgotten. Pure.
class WorkerRoll {
public:
    struct Entry {
        std::vector<std::string> types;
        WallTime heard_at{};
    };

    void heard(const std::string& id, WallTime now);
    void claims(const std::string& id, std::vector<std::string> types, WallTime now);
    /// Forgets those that were last heard of before `earliest`, unless they are needed.
    template <class Needed>
    void forget(WallTime earliest, Needed needed) {
        std::erase_if(entries_, [&](const auto& entry) { return entry.second.heard_at < earliest && !needed(entry.first); });
    }
    const std::map<std::string, Entry>& entries() const { return entries_; }

private:
    Entry& entry(const std::string& id);

    std::map<std::string, Entry> entries_;
};

}  // namespace lanekeeper

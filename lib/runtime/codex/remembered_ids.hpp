#pragma once
#include <algorithm>
#include <cstddef>
#include <deque>
#include <set>
#include <string>

namespace lanekeeper::codex {

/// Ids that were of interest lately: the last so many, the oldest go first.
class RememberedIds {
public:
    explicit RememberedIds(std::size_t most = 256) : most_(most) {}

    /// False: it was there.
    bool add(const std::string& id) {
        if (has(id)) return false;
        ids_.push_back(id);
        if (ids_.size() > most_) ids_.pop_front();
        return true;
    }
    void remove(const std::string& id) { std::erase(ids_, id); }
    bool has(const std::string& id) const { return std::find(ids_.begin(), ids_.end(), id) != ids_.end(); }
    std::set<std::string> all() const { return {ids_.begin(), ids_.end()}; }

private:
    std::size_t most_;
    std::deque<std::string> ids_;
};

}  // namespace lanekeeper::codex

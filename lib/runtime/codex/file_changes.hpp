#pragma once
#include "base/members.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

namespace lanekeeper::codex {

/// What the file changes under way are to change. An approval names the item alone (runtime.md 2, Approvals). Of so many that
/// have not ended, the oldest are let go.
class FileChanges {
public:
    explicit FileChanges(std::size_t most = 64) : most_(most) {}

    /// Of `item/started` and `item/completed`; others are of no interest.
    void hear(const std::string& method, const json::object& params) {
        const auto* item = members::object(params, "item");
        if (!item || members::text(*item, "type") != "fileChange") return;
        auto id = members::text(*item, "id");
        std::erase_if(under_way_, [&](const auto& known) { return known.first == id; });
        const auto* changes = members::array(*item, "changes");
        if (method != "item/started" || !changes) return;
        under_way_.emplace_back(std::move(id), *changes);
        if (under_way_.size() > most_) under_way_.pop_front();
    }
    /// Null: not known.
    json::value of(const std::string& item_id) const {
        for (const auto& [id, changes] : under_way_)
            if (id == item_id) return changes;
        return nullptr;
    }
    void clear() { under_way_.clear(); }

private:
    std::size_t most_;
    std::deque<std::pair<std::string, json::array>> under_way_;
};

}  // namespace lanekeeper::codex

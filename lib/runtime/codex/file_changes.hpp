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

    /// Of a thread's `item/started`, `item/completed` and `turn/completed`; others are of no interest.
    void hear(const std::string& thread_id, const std::string& method, const json::object& params) {
        if (method == "turn/completed") std::erase_if(under_way_, [&](const auto& known) { return known.thread_id == thread_id; });
        const auto* item = members::object(params, "item");
        if (!item || members::text(*item, "type") != "fileChange") return;
        auto id = members::text(*item, "id");
        std::erase_if(under_way_, [&](const auto& known) { return known.is(thread_id, id); });
        const auto* changes = members::array(*item, "changes");
        if (method != "item/started" || !changes) return;
        under_way_.push_back(FileChange{thread_id, std::move(id), *changes});
        if (under_way_.size() > most_) under_way_.pop_front();
    }
    /// Null: not known.
    json::value of(const std::string& thread_id, const std::string& item_id) const {
        for (const auto& known : under_way_)
            if (known.is(thread_id, item_id)) return known.changes;
        return nullptr;
    }
    void clear() { under_way_.clear(); }

private:
    struct FileChange {
        std::string thread_id;
        std::string item_id;
        json::array changes;
        bool is(const std::string& thread, const std::string& item) const { return thread_id == thread && item_id == item; }
    };
    std::size_t most_;
    std::deque<FileChange> under_way_;
};

}  // namespace lanekeeper::codex

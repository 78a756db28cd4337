#pragma once
#include "agents/notice.hpp"
#include "agents/turn_log.hpp"
#include "job/effects.hpp"
#include "session/session.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace lanekeeper {

/// What we remember of turns under way: the items that have not completed, and what came of them.
class OpenItems {
public:
    using Texts = std::map<std::string, std::string>;  // item id → text so far

    void turn_started(const std::string& turn_id) { turns_.try_emplace(turn_id); }
    bool knows(const std::string& turn_id) const { return turns_.contains(turn_id); }
    void forget(const std::string& turn_id) { turns_.erase(turn_id); }
    void adopt(const std::string& turn_id, Texts items) { turns_[turn_id] = std::move(items); }
    void item_started(const std::string& turn_id, const std::string& item_id);
    void delta(const std::string& turn_id, const std::string& item_id, const std::string& text);
    void item_completed(const std::string& turn_id, const std::string& item_id);
    /// The items that a turn has open now.
    std::set<std::string> open_in(const std::string& turn_id) const;
    /// The items it left open.
    Texts turn_completed(const std::string& turn_id);
    bool empty() const { return turns_.empty(); }

private:
    std::map<std::string, Texts> turns_;
};

/// What a notice brings: rows and events to commit, members of the session that change, events that are not kept.
struct NoticePlan {
    NoticePlan() = default;
    Effects effects;
    json::object session_members;
    std::vector<EventDraft> live;
    std::optional<json::object> completed_item;  // a file change that may want an explanation
    std::string turn_id;
};

/// Pure but for `open`, which follows the turns of that session. A turn of our runtime that `open` does not know begins
/// with the first item that is heard of it, unless that comes `late`: after its end.
NoticePlan plan_notice(const session::Session& session, const RuntimeNotice& notice, TurnOrigin origin, OpenItems& open,
                       WallTime at, bool late = false);

}  // namespace lanekeeper

#include "agents/notice_plan.hpp"

#include "agents/item_row.hpp"
#include "agents/session_records.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {
namespace {

constexpr std::size_t text_kept = 256 * limits::kib;  // of an item that may never complete
constexpr std::size_t items_kept = 10'000;            // of a turn; further ones are found in the store if it ends badly

/// Writes the plan of one notice.
class Planner {
public:
    Planner(const session::Session& session, const RuntimeNotice& notice, TurnOrigin origin, OpenItems& open, WallTime at,
            bool late)
        : session_(session), notice_(notice), origin_(origin), open_(open), at_(at), late_(late),
          facts_(read_notice(notice)) {}

    NoticePlan plan() {
        plan_.turn_id = facts_.turn_id;
        switch (facts_.kind) {
            case NoticeFacts::Kind::turn_started: begin_turn(); break;
            case NoticeFacts::Kind::turn_completed: turn_completed(); break;
            case NoticeFacts::Kind::item_started: item_started(); break;
            case NoticeFacts::Kind::item_completed: item_completed(); break;
            case NoticeFacts::Kind::message_delta: message_delta(); break;
            case NoticeFacts::Kind::other: break;
        }
        tell();
        return std::move(plan_);
    }

private:
    std::int64_t now() const { return to_ms(at_); }

    void begin_turn() {
        open_.turn_started(facts_.turn_id);
        TurnRecord turn;
        turn.turn_id = facts_.turn_id;
        turn.origin = origin_;
        turn.started_at = now();
        log_turn(plan_.effects, session_.id, turn);
        touch();
    }

    void turn_completed() {
        TurnRecord turn;
        turn.turn_id = facts_.turn_id;
        turn.origin = origin_;
        turn.status = facts_.status.empty() || facts_.status == "inProgress" ? "completed" : facts_.status;
        turn.error = facts_.error;
        turn.started_at = now();
        turn.completed_at = now();
        log_turn(plan_.effects, session_.id, turn);
        for (auto& [item_id, text] : open_.turn_completed(facts_.turn_id)) {
            auto row = closing_row(facts_.turn_id, item_id, std::move(text), turn.status, now());
            plan_.effects.puts.push_back(transcript::put_base(session_.id, row));
        }
        touch();
    }

    void message_delta() {
        if (begins_turn()) begin_turn();
        open_.delta(facts_.turn_id, facts_.item_id, facts_.delta);
    }

    void item_started() {
        row_of_item();
        open_.item_started(facts_.turn_id, facts_.item_id);
    }

    void item_completed() {
        row_of_item();
        open_.item_completed(facts_.turn_id, facts_.item_id);
        auto type = members::text(*facts_.item, "type");
        if (type == "fileChange") plan_.completed_item = *facts_.item;
        if (origin_ == TurnOrigin::external) touch();
    }

    /// Of one of ours: what a worker is asked is no message of a user, and others know nothing of our ids.
    void message_has_its_row() {
        auto message_id = members::text(*facts_.item, "clientId");
        if (message_id.empty() || session_.system_owned || origin_ == TurnOrigin::external) return;
        message_began(plan_.effects, session_.id, message_id, facts_.turn_id, at_);
    }

    /// Nobody said that it began, and it has: our runtime says its end, or tells it when it is asked. Of an agent that runs
    /// elsewhere nothing more may come.
    bool begins_turn() const { return origin_ == TurnOrigin::runtime && !late_ && !open_.knows(facts_.turn_id); }

    void row_of_item() {
        plan_.effects.puts.push_back(transcript::put_base(session_.id, item_row(facts_, now())));
        if (members::text(*facts_.item, "type") == "userMessage") message_has_its_row();
        if (begins_turn()) begin_turn();
        if (!open_.knows(facts_.turn_id)) imply_turn();
    }

    void imply_turn() {
        TurnRecord heard;
        heard.turn_id = facts_.turn_id;
        heard.origin = origin_;
        heard.started_at = now();
        heard.status = "completed";
        heard.implied = true;
        log_turn(plan_.effects, session_.id, heard);
        if (!session_.materialized) touch();
    }

    void touch() {
        plan_.session_members["updatedAt"] = now();
        if (!session_.materialized) plan_.session_members["materialized"] = true;
    }

    void tell() {
        auto params = notice_.params;
        params["threadId"] = session_.id;
        AppServerSignal signal("notification", notice_.method, facts_.turn_id);
        say(app_server_type(notice_.method), app_server_payload(signal, params, session_, at_));
        say("notification", json::object{{"method", notice_.method}, {"params", params}});
        auto named = named_event(notice_.method);
        if (!named.empty()) say(std::string(named), std::move(params));
    }

    void say(std::string type, json::object payload) {
        auto audience = session_.system_owned ? Audience::system : Audience::thread;
        EventDraft draft(std::move(type), session_.id, std::move(payload), audience);
        if (is_live_only(notice_.method)) plan_.live.push_back(std::move(draft));
        else plan_.effects.events.push_back(std::move(draft));
    }

    const session::Session& session_;
    const RuntimeNotice& notice_;
    TurnOrigin origin_;
    OpenItems& open_;
    WallTime at_;
    bool late_;
    NoticeFacts facts_;
    NoticePlan plan_;
};

}  // namespace

void OpenItems::item_started(const std::string& turn_id, const std::string& item_id) {
    auto turn = turns_.find(turn_id);
    if (turn != turns_.end() && turn->second.size() < items_kept) turn->second.try_emplace(item_id);
}

void OpenItems::delta(const std::string& turn_id, const std::string& item_id, const std::string& text) {
    auto turn = turns_.find(turn_id);
    if (turn == turns_.end()) return;
    auto item = turn->second.find(item_id);
    if (item != turn->second.end() && item->second.size() + text.size() <= text_kept) item->second += text;
}

void OpenItems::item_completed(const std::string& turn_id, const std::string& item_id) {
    auto turn = turns_.find(turn_id);
    if (turn != turns_.end()) turn->second.erase(item_id);
}

std::set<std::string> OpenItems::open_in(const std::string& turn_id) const {
    std::set<std::string> items;
    auto turn = turns_.find(turn_id);
    if (turn == turns_.end()) return items;
    for (const auto& item : turn->second) items.insert(item.first);
    return items;
}

OpenItems::Texts OpenItems::turn_completed(const std::string& turn_id) {
    auto turn = turns_.find(turn_id);
    if (turn == turns_.end()) return {};
    auto left = std::move(turn->second);
    turns_.erase(turn);
    return left;
}

NoticePlan plan_notice(const session::Session& session, const RuntimeNotice& notice, TurnOrigin origin, OpenItems& open,
                       WallTime at, bool late) {
    return Planner(session, notice, origin, open, at, late).plan();
}

}  // namespace lanekeeper

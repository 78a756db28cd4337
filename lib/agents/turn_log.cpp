#include "agents/turn_log.hpp"

#include "agents/records.hpp"
#include "base/members.hpp"

namespace lanekeeper {
namespace {

json::object merge_turn(const json::object& existing, json::object incoming) {
    auto before = turn_from_json(existing);
    auto after = turn_from_json(incoming);
    if (after.implied || !(before.open() || before.implied)) return existing;
    after.started_at = before.started_at;
    after.origin = before.origin;
    return to_json(after);
}

}  // namespace

json::object to_json(const TurnRecord& turn) {
    json::object object{{"id", turn.turn_id},
                        {"origin", turn.origin == TurnOrigin::runtime ? "runtime" : "external"},
                        {"status", turn.status},
                        {"startedAt", turn.started_at}};
    if (turn.completed_at != 0) object["completedAt"] = turn.completed_at;
    if (turn.implied) object["implied"] = true;
    if (!turn.error.empty()) object["error"] = turn.error;
    return object;
}

TurnRecord turn_from_json(const json::object& object) {
    TurnRecord turn;
    turn.turn_id = members::text(object, "id");
    turn.origin = members::text(object, "origin") == "external" ? TurnOrigin::external : TurnOrigin::runtime;
    turn.status = members::text(object, "status");
    turn.error = members::text(object, "error");
    turn.started_at = members::integer(object, "startedAt");
    turn.completed_at = members::integer(object, "completedAt");
    turn.implied = members::flag(object, "implied");
    return turn;
}

void log_turn(Effects& effects, const std::string& session_id, const TurnRecord& turn) {
    effects.puts.emplace_back(std::string(turn_kind), session_id, turn.turn_id, to_json(turn), RecordPut::Mode::upsert,
                              &merge_turn);
    if (turn.open()) effects.puts.emplace_back(std::string(open_turn_kind), session_id, turn.turn_id, to_json(turn));
    else if (!turn.implied) effects.deletes.emplace_back(std::string(open_turn_kind), session_id, turn.turn_id);
}

Task<std::vector<TurnRecord>> read_turns(Store& store, std::string session_id) {
    auto records = co_await all_records(store, std::string(turn_kind), std::move(session_id));
    std::vector<TurnRecord> turns;
    for (const auto& record : records) turns.push_back(turn_from_json(record.body));
    co_return turns;
}

}  // namespace lanekeeper

// SessionControls: the row that tells of a change.
#include "agents/control_change.hpp"
#include "agents/records.hpp"
#include "agents/session_controls.hpp"
#include "agents/turn_log.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {

Task<Effects> SessionControls::row_of_change(session::Session session, ControlChange wanted, std::string summary) {
    Store& reader = core_.ledger.reader();
    auto turns = co_await read_turns(reader, session.id);
    auto active = core_.turns.active(session.id);
    transcript::Entry row;
    row.message_id = core_.ids.next("controls", core_.now());
    row.turn_id = row.message_id;  // of its own, at the end, while nothing was said yet
    std::optional<std::string> anchor;
    if (active && !active->turn_id.empty()) row.turn_id = active->turn_id;
    else if (!turns.empty()) row.turn_id = turns.back().turn_id;
    if (row.turn_id != row.message_id) anchor = co_await last_row_of(session.id, row.turn_id);
    row.type = "session.controls.updated";
    row.content = summary;
    row.details = change_details(wanted, anchor);
    row.started_at = to_ms(core_.now());
    row.completed_at = row.started_at;
    Effects effects;
    transcript::upsert_own(effects, session.id, row);
    co_return effects;
}

Task<std::optional<std::string>> SessionControls::last_row_of(std::string session_id, std::string turn_id) {
    Store& store = core_.ledger.reader();
    auto rows = co_await all_records(store, std::string(transcript::base_kind), session_id);
    std::optional<std::string> last;
    for (const auto& row : rows) {
        auto entry = transcript::entry_from_json(row.body);
        if (entry.turn_id == turn_id) last = entry.message_id;
    }
    co_return last;
}

}  // namespace lanekeeper

#include "agents/guest_thread.hpp"

#include "agents/item_row.hpp"
#include "base/members.hpp"
#include "base/text.hpp"
#include "runtime/notices.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::string_view our_client = "lanekeeper";  // as we present ourselves to the runtime
constexpr std::size_t title_chars = 200;

std::string title_of(const json::object& thread) {
    auto title = members::text(thread, "name");
    if (title.empty()) title = members::text(thread, "preview");
    title = title.substr(0, title.find('\n'));
    auto shown = first_chars(title, title_chars);
    return shown.empty() ? std::string(session::default_title) : std::string(shown);
}

bool is_part_of_another(const json::object& thread) {
    const auto* source = thread.if_contains("source");
    bool other_kind = source && source->is_object();  // {subAgent: …}
    return other_kind || !members::text(thread, "parentThreadId").empty() || members::flag(thread, "ephemeral");
}

bool is_archived(const json::object& thread) {
    return members::text(thread, "path").find("/archived_sessions/") != std::string::npos;
}

TurnRecord turn_record(const json::object& turn) {
    TurnRecord record;
    record.turn_id = members::text(turn, "id");
    record.status = members::text(turn, "status");
    if (record.open() || record.status.empty()) record.status = "interrupted";  // nobody here will hear its end
    if (const auto* error = members::object(turn, "error")) record.error = members::text(*error, "message");
    record.started_at = members::integer(turn, "startedAt") * 1000;
    record.completed_at = std::max(members::integer(turn, "completedAt") * 1000, record.started_at);
    return record;
}

transcript::Entry row_of(const std::string& turn_id, const json::object& item, std::int64_t turn_start) {
    auto notice = notices::item_completed("", turn_id, item);
    auto facts = read_notice(notice);
    auto ended = std::max(members::integer(item, "completedAtMs"), turn_start);
    auto row = item_row(facts, ended);
    auto began = members::integer(item, "startedAtMs");
    if (began > 0) row.started_at = began;
    return row;
}

std::vector<transcript::Entry> rows_of(const json::object& turn, const TurnRecord& record) {
    std::vector<transcript::Entry> rows;
    const auto* items = members::array(turn, "items");
    if (!items) return rows;
    for (const auto& item : *items) {
        const auto* object = item.if_object();
        if (object && !members::text(*object, "id").empty()) rows.push_back(row_of(record.turn_id, *object, record.started_at));
    }
    return rows;
}

}  // namespace

std::optional<session::Session> guest_session(const json::object& thread, const session::Controls& controls) {
    session::Session guest;
    guest.id = members::text(thread, "id");
    if (guest.id.empty() || members::text(thread, "originator") == our_client || is_part_of_another(thread)) return {};
    guest.runtime_thread_id = guest.id;
    guest.title = title_of(thread);
    guest.cwd = members::text_or_nothing(thread, "cwd");
    guest.model_provider = members::text(thread, "modelProvider");
    guest.source = members::text(thread, "source");
    guest.materialized = true;
    guest.archived = is_archived(thread);
    guest.controls = controls;
    guest.created_at = from_ms(members::integer(thread, "createdAt") * 1000);
    guest.updated_at = from_ms(members::integer(thread, "updatedAt") * 1000);
    return guest;
}

GuestHistory guest_history(const std::vector<json::object>& turns, std::size_t rows_max) {
    GuestHistory history;
    std::vector<std::vector<transcript::Entry>> rows;
    std::size_t count = 0;
    for (const auto& turn : turns) {
        auto record = turn_record(turn);
        if (record.turn_id.empty()) continue;
        auto of_turn = rows_of(turn, record);
        count += of_turn.size();
        if (count > rows_max) break;
        history.turns.push_back(std::move(record));
        rows.push_back(std::move(of_turn));
    }
    std::reverse(history.turns.begin(), history.turns.end());
    for (auto of_turn = rows.rbegin(); of_turn != rows.rend(); ++of_turn)
        for (auto& row : *of_turn) history.rows.push_back(std::move(row));
    return history;
}

}  // namespace lanekeeper

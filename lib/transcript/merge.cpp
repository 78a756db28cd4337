#include "transcript/merge.hpp"

#include "base/json_read.hpp"

#include <algorithm>

namespace lanekeeper::transcript {
namespace {

int rank(Status status) {
    switch (status) {
        case Status::streaming: return 0;
        case Status::canceled:
        case Status::error: return 1;
        case Status::complete: return 2;
    }
    return 0;
}

json::value parse_or_null(const std::string& text) {
    auto value = read_stored_json(text);
    return value ? std::move(*value) : json::value();
}

/// The winner's members over the loser's, where both are objects.
std::optional<std::string> merge_details(const std::optional<std::string>& loser, const std::optional<std::string>& winner) {
    if (!winner || !loser || *loser == *winner) return winner ? winner : loser;
    auto below = parse_or_null(*loser);
    auto above = parse_or_null(*winner);
    if (!below.is_object() || !above.is_object()) return winner;
    for (const auto& member : above.get_object()) below.get_object()[member.key()] = member.value();
    return json::serialize(below);
}

template <class Better>
std::optional<std::int64_t> choose(const std::optional<std::int64_t>& a, const std::optional<std::int64_t>& b, Better better) {
    if (!a || !b) return a ? a : b;
    return better(*a, *b) ? a : b;
}

}  // namespace

Entry merge_entries(const Entry& existing, const Entry& incoming) {
    bool newer_wins = rank(incoming.status) >= rank(existing.status);
    const Entry& winner = newer_wins ? incoming : existing;
    const Entry& loser = newer_wins ? existing : incoming;
    Entry merged = winner;
    merged.message_id = existing.message_id;
    merged.turn_id = existing.turn_id.empty() ? incoming.turn_id : existing.turn_id;
    if (merged.type.empty()) {  // a row that only closes another says nothing of its kind
        merged.type = loser.type;
        merged.role = loser.role;
    }
    if (merged.content.empty()) merged.content = loser.content;
    merged.details = merge_details(loser.details, winner.details);
    merged.started_at = choose(existing.started_at, incoming.started_at, std::less<>());
    bool keeps_end = incoming.end_is_ours && existing.completed_at;
    merged.completed_at = keeps_end ? existing.completed_at : choose(existing.completed_at, incoming.completed_at, std::greater<>());
    if (!is_terminal(merged.status)) merged.completed_at.reset();
    return merged;
}

bool is_placeholder(const Entry& row) {
    if (!row.details) return false;
    auto details = parse_or_null(*row.details);
    const auto* members = details.if_object();
    const auto* text = members ? members->if_contains("placeholder") : nullptr;
    return text && text->is_string() && std::string_view(text->get_string()) == row.content;
}

json::object merge_row(const json::object& existing, json::object incoming) {
    return to_json(merge_entries(entry_from_json(existing), entry_from_json(incoming)));
}

json::object merge_row_ended_by_us(const json::object& existing, json::object incoming) {
    auto row = entry_from_json(incoming);
    row.end_is_ours = true;
    return to_json(merge_entries(entry_from_json(existing), row));
}

}  // namespace lanekeeper::transcript

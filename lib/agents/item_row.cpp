#include "agents/item_row.hpp"

#include "base/members.hpp"

#include <fmt/format.h>

#include <initializer_list>

namespace lanekeeper {
namespace {

using transcript::Role;
using transcript::Status;

/// Texts of an array of strings or of {text} parts, a paragraph each.
std::string joined(const json::array& parts) {
    std::string text;
    for (const auto& part : parts) {
        std::string piece;
        if (part.is_string()) piece = std::string(part.get_string());
        else if (part.is_object()) piece = members::text(part.get_object(), "text");
        if (piece.empty()) continue;
        if (!text.empty()) text += "\n\n";
        text += piece;
    }
    return text;
}

std::string kind_word(const json::object& change) {
    const json::object* kind = members::object(change, "kind");
    auto word = kind ? members::text(*kind, "type") : members::text(change, "kind");
    return word.empty() ? "update" : word;
}

std::string listed_changes(const json::array& changes) {
    std::string text;
    for (const auto& change : changes) {
        if (!change.is_object()) continue;
        if (!text.empty()) text += '\n';
        text += fmt::format("{} {}", kind_word(change.get_object()), members::text(change.get_object(), "path"));
    }
    return text;
}

/// The member that says what the item is about; its name, so that details do not repeat it.
std::pair<std::string, std::string_view> content_of(const json::object& item, const std::string& type) {
    if (type == "fileChange")
        if (const json::array* changes = members::array(item, "changes")) return {listed_changes(*changes), ""};
    for (std::string_view name : {"text", "command", "query", "title", "tool", "review"}) {
        auto text = members::text(item, name);
        if (!text.empty()) return {text, name};
    }
    for (std::string_view name : {"content", "summary"}) {
        const json::array* parts = members::array(item, name);
        auto text = parts ? joined(*parts) : std::string();
        if (!text.empty()) return {text, name};
    }
    return {"", ""};
}

std::optional<std::string> details_of(const json::object& item, std::string_view said, bool message) {
    json::object rest;
    for (const auto& member : item) {
        std::string_view name = member.key();
        if (name == "id" || name == "type" || name == said || (message && (name == "content" || name == "text"))) continue;
        if (!member.value().is_null()) rest[name] = member.value();
    }
    if (rest.empty()) return {};
    return json::serialize(rest);
}

Role role_of(const std::string& type) {
    if (type == "userMessage") return Role::user;
    return type == "agentMessage" ? Role::assistant : Role::system;
}

Status status_of(const std::string& word) {
    if (word == "failed" || word == "error") return Status::error;
    for (const char* ended : {"declined", "canceled", "cancelled", "interrupted"})
        if (word == ended) return Status::canceled;
    return Status::complete;
}

}  // namespace

transcript::Entry item_row(const NoticeFacts& facts, std::int64_t now_ms) {
    const json::object& item = *facts.item;
    transcript::Entry row;
    row.message_id = facts.item_id;
    row.turn_id = facts.turn_id;
    row.type = members::text(item, "type");
    row.role = role_of(row.type);
    auto [content, said] = content_of(item, row.type);
    row.content = std::move(content);
    row.details = details_of(item, said, row.role != Role::system);
    row.started_at = now_ms;
    row.status = Status::streaming;
    if (facts.kind != NoticeFacts::Kind::item_completed) return row;
    row.status = status_of(members::text(item, "status"));
    row.completed_at = now_ms;
    row.end_is_ours = true;
    return row;
}

transcript::Entry closing_row(const std::string& turn_id, const std::string& item_id, std::string text_so_far,
                              const std::string& turn_status, std::int64_t now_ms) {
    transcript::Entry row;
    row.message_id = item_id;
    row.turn_id = turn_id;
    row.content = std::move(text_so_far);
    row.status = status_of(turn_status);
    row.completed_at = now_ms;
    row.end_is_ours = true;
    return row;
}

}  // namespace lanekeeper

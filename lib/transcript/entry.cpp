#include "transcript/entry.hpp"

#include "base/json_read.hpp"
#include "base/limits.hpp"

#include <array>

namespace lanekeeper::transcript {
namespace {

constexpr std::array<std::string_view, 3> roles{"user", "assistant", "system"};
constexpr std::array<std::string_view, 4> statuses{"streaming", "complete", "canceled", "error"};

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& words, std::string_view word, std::size_t otherwise) {
    for (std::size_t i = 0; i < N; ++i)
        if (words[i] == word) return i;
    return otherwise;
}

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member && member->is_string() ? std::string(member->get_string()) : std::string();
}

std::optional<std::int64_t> time_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    if (!member || !member->is_int64()) return {};
    return member->get_int64();
}

std::vector<std::string> words(const auto& from) { return {from.begin(), from.end()}; }

/// Details as text; nothing when they are text that is no JSON object.
std::optional<std::string> details_text(const json::value& details) {
    if (details.is_object()) return json::serialize(details);
    auto parsed = read_json(details.get_string());
    if (!parsed || !parsed->is_object()) return {};
    return std::string(details.get_string());
}

Problem bad_details() {
    Problem problem("invalid_request", "the request does not validate");
    problem.issues.emplace_back("invalid_value", json::array{"details"}, "must be a JSON object, or its text");
    return problem;
}

}  // namespace

std::string_view to_word(Role role) { return roles[std::size_t(role)]; }
std::string_view to_word(Status status) { return statuses[std::size_t(status)]; }

json::object to_json(const Entry& entry) {
    json::object object{{"messageId", entry.message_id}, {"turnId", entry.turn_id},   {"role", to_word(entry.role)},
                        {"type", entry.type},            {"content", entry.content}};
    if (entry.details) object["details"] = *entry.details;
    if (entry.started_at) object["startedAt"] = *entry.started_at;
    if (entry.completed_at) object["completedAt"] = *entry.completed_at;
    object["status"] = to_word(entry.status);
    return object;
}

Entry entry_from_json(const json::object& object) {
    Entry entry;
    entry.message_id = text_of(object, "messageId");
    entry.turn_id = text_of(object, "turnId");
    entry.role = Role(index_of(roles, text_of(object, "role"), std::size_t(Role::system)));
    entry.type = text_of(object, "type");
    entry.content = text_of(object, "content");
    if (const json::value* details = object.if_contains("details"); details && details->is_string())
        entry.details = std::string(details->get_string());
    entry.started_at = time_of(object, "startedAt");
    entry.completed_at = time_of(object, "completedAt");
    entry.status = Status(index_of(statuses, text_of(object, "status"), std::size_t(Status::complete)));
    return entry;
}

const Schema& entry_schema() {
    constexpr std::int64_t latest = 253402300799999;  // the end of the year 9999
    static const Schema schema = Schema::object({
        required("messageId", Schema::line(1, limits::thread_id_chars)),
        required("turnId", Schema::line(1, limits::thread_id_chars)),
        required("role", Schema::word(words(roles))),
        required("type", Schema::line(1, limits::setting_key_chars)),
        required("content", Schema::string(0, limits::message_chars)),
        optional_field("details", Schema::any().described("a JSON object, or its text")),
        optional_field("startedAt", Schema::integer(0, latest).nullable()),
        optional_field("completedAt", Schema::integer(0, latest).nullable()),
        optional_field("status", Schema::word(words(statuses))),
    });
    return schema;
}

Result<Entry> read_upsert(const json::value& body, std::int64_t now_ms) {
    auto checked = check_input(entry_schema(), body);
    if (!checked) return checked.error();
    json::object object = body.get_object();
    const json::value* details = object.if_contains("details");
    if (details && !details->is_null()) {
        auto text = details->is_string() || details->is_object() ? details_text(*details) : std::nullopt;
        if (!text) return bad_details();
        object["details"] = *text;
    }
    Entry entry = entry_from_json(object);
    if (!entry.started_at) entry.started_at = entry.completed_at ? *entry.completed_at : now_ms;
    if (!entry.completed_at && is_terminal(entry.status)) {
        entry.completed_at = now_ms;
        entry.end_is_ours = true;
    }
    return entry;
}

std::optional<std::string> anchor_of(const Entry& entry) {
    if (!entry.details || entry.details->find("anchorItemId") == std::string::npos) return {};
    auto details = read_stored_json(*entry.details);
    if (!details || !details->is_object()) return {};
    auto anchor = text_of(details->get_object(), "anchorItemId");
    if (anchor.empty()) return {};
    return anchor;
}

}  // namespace lanekeeper::transcript

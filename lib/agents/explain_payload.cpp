#include "agents/explain_payload.hpp"

#include "base/limits.hpp"
#include "base/members.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

struct Change {
    std::string path, kind, move_path, diff;
};

Change read_change(const json::object& object) {
    Change change;
    change.path = members::text(object, "path");
    change.diff = members::text(object, "diff");
    const json::object* kind = members::object(object, "kind");
    change.kind = kind ? members::text(*kind, "type") : members::text(object, "kind");
    if (change.kind != "add" && change.kind != "delete") change.kind = "update";
    change.move_path = kind ? members::text(*kind, "move_path") : members::text(object, "move_path");
    if (change.move_path.empty()) change.move_path = members::text(object, "movePath");
    return change;
}

std::vector<Change> read_changes(const json::object& item) {
    std::vector<Change> changes;
    const json::array* array = members::array(item, "changes");
    if (!array) return changes;
    for (const auto& change : *array)
        if (change.is_object()) changes.push_back(read_change(change.get_object()));
    return changes;
}

bool is_eligible(const session::Session& session, const json::object& item, const std::vector<Change>& changes) {
    if (!session.project_id || session.system_owned) return false;
    if (members::text(item, "type") != "fileChange" || members::text(item, "status") != "completed") return false;
    return std::any_of(changes.begin(), changes.end(), [](const Change& change) { return !change.diff.empty(); });
}

json::object to_json(const Change& change) {
    json::object object{{"path", change.path}, {"kind", change.kind}, {"diff", change.diff}};
    if (!change.move_path.empty()) object["movePath"] = change.move_path;
    return object;
}

/// Bytes that one byte of a text takes in JSON.
std::size_t written_bytes(char c) {
    if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f') return 2;
    return static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
}

/// The longest front of `text` with at most `chars` characters that takes at most `bytes` in JSON; both are spent.
std::string_view take_front(std::string_view text, std::size_t& chars, std::size_t& bytes) {
    std::size_t end = 0;
    while (end < text.size() && chars > 0) {
        std::size_t next = end, written = 0;
        do written += written_bytes(text[next++]);
        while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80);
        if (written > bytes) break;
        bytes -= written;
        --chars;
        end = next;
    }
    return text.substr(0, end);
}

/// Gives every change its share of the bounds, in order; true when something had to go.
bool cut(std::vector<Change>& changes, std::size_t chars, std::size_t bytes) {
    bool truncated = false;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        auto diff = std::move(changes[i].diff);
        changes[i].diff.clear();
        auto around = json::serialize(to_json(changes[i])).size() + 1;  // and a comma
        if (around > bytes) {
            changes.resize(i);
            return true;
        }
        bytes -= around;
        auto kept = take_front(diff, chars, bytes);
        truncated = truncated || kept.size() < diff.size();
        changes[i].diff = kept;
    }
    return truncated;
}

}  // namespace

std::optional<json::object> explain_payload(const session::Session& session, const std::string& turn_id,
                                            const json::object& item, std::size_t max_chars) {
    auto changes = read_changes(item);
    if (!is_eligible(session, item, changes)) return {};
    std::size_t original = 0;
    for (const auto& change : changes) original += count_chars(change.diff);
    json::object payload{{"projectId", *session.project_id},
                         {"sessionId", session.id},
                         {"threadId", session.id},
                         {"turnId", turn_id},
                         {"itemId", members::text(item, "id")},
                         {"changes", json::array()},
                         {"truncated", false},
                         {"originalChars", original}};
    const auto frame = json::serialize(payload).size();
    payload["truncated"] = cut(changes, max_chars, limits::job_payload - std::min(frame, limits::job_payload));
    for (const auto& change : changes) payload["changes"].as_array().emplace_back(to_json(change));
    return payload;
}

}  // namespace lanekeeper

#include "agents/explain_payload.hpp"

#include "base/limits.hpp"
#include "base/members.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::size_t payload_bytes = limits::job_payload * 3 / 4;  // the rest is for escapes and ids

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

/// Gives every change its share of the bounds, in order; true when something had to go.
bool cut(std::vector<Change>& changes, std::size_t chars) {
    bool truncated = false;
    std::size_t bytes = payload_bytes;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        Change& change = changes[i];
        auto names = change.path.size() + change.move_path.size() + 64;
        if (names > bytes) {
            changes.resize(i);
            return true;
        }
        bytes -= names;
        auto kept = first_chars(change.diff, chars);
        while (!kept.empty() && kept.size() > bytes) kept = first_chars(kept, count_chars(kept) / 2);
        truncated = truncated || kept.size() < change.diff.size();
        chars -= count_chars(kept);
        bytes -= kept.size();
        change.diff.resize(kept.size());
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
    bool truncated = cut(changes, max_chars);
    json::array list;
    for (const auto& change : changes) list.emplace_back(to_json(change));
    return json::object{{"projectId", *session.project_id},
                        {"sessionId", session.id},
                        {"threadId", session.id},
                        {"turnId", turn_id},
                        {"itemId", members::text(item, "id")},
                        {"changes", std::move(list)},
                        {"truncated", truncated},
                        {"originalChars", original}};
}

}  // namespace lanekeeper

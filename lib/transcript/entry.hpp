#pragma once
#include "base/error.hpp"
#include "base/schema.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lanekeeper::transcript {

enum class Role { user, assistant, system };
enum class Status { streaming, complete, canceled, error };

std::string_view to_word(Role role);
std::string_view to_word(Status status);
inline bool is_terminal(Status status) { return status != Status::streaming; }

/// One row of a transcript (api.md 6). Times are milliseconds since the epoch.
struct Entry {
    Entry() = default;
    std::string message_id;
    std::string turn_id;
    Role role = Role::system;
    std::string type;
    std::string content;
    std::optional<std::string> details;  // JSON text
    std::optional<std::int64_t> started_at;
    std::optional<std::int64_t> completed_at;
    Status status = Status::complete;
    /// Nobody told us when it ended: `completed_at` is when we heard of it. Not part of the JSON.
    bool end_is_ours = false;

    bool operator==(const Entry&) const = default;
};

/// Absent members are left out.
json::object to_json(const Entry& entry);

/// Reads what `to_json` writes; members that are missing or of another kind stay at their defaults, since rows of older
/// versions must stay readable.
Entry entry_from_json(const json::object& object);

/// What a client may upsert: the members of an entry, sizes bounded, `details` JSON text, an object or null.
const Schema& entry_schema();

/// An entry from a client: checked against `entry_schema`; `details` given as an object is turned into text. Text that
/// is not a JSON object is refused. Without times and status the row began and ended `now_ms`, complete, its end ours.
Result<Entry> read_upsert(const json::value& body, std::int64_t now_ms);

/// The member `anchorItemId` of the details: the row that this one belongs behind.
std::optional<std::string> anchor_of(const Entry& entry);

}  // namespace lanekeeper::transcript

#pragma once
#include "job/effects.hpp"
#include "transcript/entry.hpp"

#include <string>

namespace lanekeeper::transcript {

// Where rows live: scope = thread id (the session's). Base rows come from the runtime's items and are keyed by turn and
// item, since providers repeat item ids; own rows are ours and are keyed by message id alone.
inline constexpr std::string_view base_kind = "row.base";
inline constexpr std::string_view own_kind = "row.own";

std::string base_key(std::string_view turn_id, std::string_view item_id);

RecordPut put_base(const std::string& thread_id, const Entry& entry);
RecordPut put_own(const std::string& thread_id, const Entry& entry);

/// `transcript_updated {threadId, turnId, messageId, type, entry}`; `entry_of_put`: the put of the same Effects whose
/// merged body the event shall carry.
EventDraft updated_event(const std::string& thread_id, const Entry& entry, Audience audience,
                         std::optional<std::size_t> entry_of_put = {});

/// One own row and its event, appended: what every sink of a job uses.
void upsert_own(Effects& effects, const std::string& thread_id, const Entry& entry,
                Audience audience = Audience::thread);

/// The same where the row is there, else nothing at all: what became of a row that a rollback may have removed meanwhile.
void update_own(Effects& effects, const std::string& thread_id, const Entry& entry);

}  // namespace lanekeeper::transcript

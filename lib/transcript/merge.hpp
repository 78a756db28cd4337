#pragma once
#include "job/effects.hpp"
#include "transcript/entry.hpp"

#include <vector>

namespace lanekeeper::transcript {

/// Two versions of one row (api.md 6, Upsert). The further one wins, field by field: streaming < canceled, error <
/// complete; between equals the newer. What the winner leaves out (empty content, no details, no times) is kept from the
/// other; members of `details` likewise. Earliest start, latest end, but an end that is ours moves none that is there; id and turn are those of `existing`.
Entry merge_entries(const Entry& existing, const Entry& incoming);

/// `merge_entries` for the store: rows under "row.base" and "row.own" are put with it.
json::object merge_row(const json::object& existing, json::object incoming);
/// The same for a row whose end is ours.
json::object merge_row_ended_by_us(const json::object& existing, json::object incoming);

/// A job's word for a row that nobody else has written: who wrote it last shows in its details, where a job names, as
/// `placeholder`, the text that it came with.
bool is_placeholder(const Entry& row);

/// The transcript as clients read it, from rows in the order of their first arrival (api.md 6, Merge when read):
/// - base rows by turn, turns in order of appearance;
/// - an own row with the id of a base row of its turn is merged into it, but a placeholder gives way to it;
/// - a row whose anchor is a row of the same turn stands right behind it, several in arrival order;
/// - other own rows before the turn's last assistant row, or at its end when it has none;
/// - turns that only own rows know come last.
std::vector<Entry> merge_transcript(const std::vector<Entry>& base, const std::vector<Entry>& own);

}  // namespace lanekeeper::transcript

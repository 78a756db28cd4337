#include "transcript/rows.hpp"

#include "transcript/merge.hpp"

namespace lanekeeper::transcript {
namespace {

MergeRecord merge_of(const Entry& entry) { return entry.end_is_ours ? &merge_row_ended_by_us : &merge_row; }

}  // namespace

std::string base_key(std::string_view turn_id, std::string_view item_id) {
    std::string key(turn_id);
    key += '/';
    key += item_id;
    return key;
}

RecordPut put_base(const std::string& thread_id, const Entry& entry) {
    return {std::string(base_kind), thread_id, base_key(entry.turn_id, entry.message_id), to_json(entry),
            RecordPut::Mode::upsert, merge_of(entry)};
}

RecordPut put_own(const std::string& thread_id, const Entry& entry) {
    return {std::string(own_kind), thread_id, entry.message_id, to_json(entry), RecordPut::Mode::upsert, merge_of(entry)};
}

EventDraft updated_event(const std::string& thread_id, const Entry& entry, Audience audience,
                         std::optional<std::size_t> entry_of_put) {
    json::object payload{{"threadId", thread_id},
                         {"turnId", entry.turn_id},
                         {"messageId", entry.message_id},
                         {"type", entry.type},
                         {"entry", to_json(entry)}};
    EventDraft draft("transcript_updated", thread_id, std::move(payload), audience);
    draft.entry_of_put = entry_of_put;
    return draft;
}

void upsert_own(Effects& effects, const std::string& thread_id, const Entry& entry, Audience audience) {
    effects.puts.push_back(put_own(thread_id, entry));
    effects.events.push_back(updated_event(thread_id, entry, audience, effects.puts.size() - 1));
}

void update_own(Effects& effects, const std::string& thread_id, const Entry& entry) {
    upsert_own(effects, thread_id, entry);
    effects.puts.back().mode = RecordPut::Mode::update;
}

}  // namespace lanekeeper::transcript

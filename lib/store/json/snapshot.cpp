#include "store/json/snapshot.hpp"

#include "store/json/job_json.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

json::value time_or_null(const std::optional<WallTime>& time) { return time ? json::value(iso(*time)) : json::value(); }

json::object file_record(const MemoryState::Kept& kept) {
    const auto& record = kept.record;
    return {{"order", record.order}, {"kind", record.kind},           {"scope", record.scope},
            {"key", record.key},     {"body", record.body}, {"expiresAt", time_or_null(kept.expires_at)}};
}

json::object file_event(const Event& event) {
    json::object file{{"seq", event.seq},
                      {"at", iso(event.at)},
                      {"type", event.type},
                      {"threadId", event.thread_id ? json::value(*event.thread_id) : json::value()},
                      {"audience", int(event.audience)},
                      {"text", event.text}};
    if (event.job_id) file["jobId"] = *event.job_id;
    if (event.workflow_id) file["workflowId"] = *event.workflow_id;
    return file;
}

// Lists go out item by item: the whole never stands in memory as a tree.
template <class Items, class Render>
void append_list(std::string& text, std::string_view name, const Items& items, Render render) {
    text += fmt::format(",\n\"{}\":[", name);
    bool first = true;
    for (const auto& item : items) {
        text += first ? "\n" : ",\n";
        text += json::serialize(render(item));
        first = false;
    }
    text += ']';
}

}  // namespace

std::string render_snapshot(const MemoryState& state, const std::string& epoch) {
    auto text = fmt::format("{{\"version\":{}", snapshot_version);
    append_list(text, "jobs", state.all_jobs(), [](const auto& entry) { return file_job(entry.second); });
    append_list(text, "records", state.all_records(), [](const auto& entry) { return file_record(entry.second); });
    append_list(text, "events", state.all_events(), file_event);
    append_list(text, "completedHours", state.counters().hours(), [](const auto& hour) {
        return json::array{hour.first, hour.second.jobs, hour.second.run_ms};
    });
    json::object marks{{"seq", state.last_seq()}, {"recordOrder", state.last_order()}, {"jobKey", state.highest_key()}};
    text += fmt::format(",\n\"marks\":{},\n\"epoch\":{}}}\n", json::serialize(marks), json::serialize(json::string_view(epoch)));
    return text;
}

MemoryState load_snapshot(Snapshot snapshot) {
    MemoryState state;
    for (auto& job : snapshot.jobs) state.load_job(std::move(job));
    for (auto& kept : snapshot.records) state.load_record(std::move(kept.record), kept.expires_at);
    for (auto& event : snapshot.events) state.load_event(std::move(event));
    for (const auto& [hour, value] : snapshot.hours) state.load_hour(hour, value);
    state.load_marks(snapshot.last_seq, snapshot.last_order, snapshot.highest_key);
    return state;
}

}  // namespace lanekeeper

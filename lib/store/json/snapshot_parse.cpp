#include "base/ids.hpp"
#include "base/json_read.hpp"
#include "store/json/job_json.hpp"
#include "store/json/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace lanekeeper {
namespace {

std::optional<WallTime> time_of(const json::object& object, std::string_view name) {
    auto* value = object.if_contains(name);
    if (!value || value->is_null()) return {};
    return parse_iso(std::string_view(value->as_string()));
}

MemoryState::Kept read_record(const json::value& value) {
    const auto& object = value.as_object();
    MemoryState::Kept kept;
    kept.record.order = object.at("order").to_number<std::int64_t>();
    kept.record.kind = object.at("kind").as_string();
    kept.record.scope = object.at("scope").as_string();
    kept.record.key = object.at("key").as_string();
    kept.record.body = object.at("body").as_object();
    kept.expires_at = time_of(object, "expiresAt");
    return kept;
}

Event read_event(const json::value& value) {
    const auto& object = value.as_object();
    Event event;
    event.seq = object.at("seq").to_number<std::int64_t>();
    event.at = time_of(object, "at").value_or(WallTime{});
    event.type = object.at("type").as_string();
    if (!object.at("threadId").is_null()) event.thread_id = std::string(object.at("threadId").as_string());
    event.audience = Audience(object.at("audience").to_number<int>());
    event.text = object.at("text").as_string();
    if (const auto* job = object.if_contains("jobId")) event.job_id = std::string(job->as_string());
    if (const auto* workflow = object.if_contains("workflowId")) event.workflow_id = std::string(workflow->as_string());
    return event;
}

// Reads each item for itself: one that cannot be read is left out alone.
template <class Item, class Read>
void read_list(const json::object& file, std::string_view name, std::vector<Item>& items, Snapshot& snapshot, Read read) {
    auto* list = file.if_contains(name);
    if (!list) return;
    if (!list->is_array()) throw UnsoundSnapshot(fmt::format("{} is not a list", name));
    for (const auto& value : list->get_array()) {
        try {
            items.push_back(read(value));
        } catch (const std::exception& e) {
            snapshot.unreadable.push_back(json::object{{"of", name}, {"why", e.what()}, {"was", value}});
        }
    }
}

std::int64_t mark(const json::object& file, std::string_view name) {
    auto* marks = file.if_contains("marks");
    if (!marks || !marks->is_object() || !marks->get_object().contains(name)) return 0;
    return marks->get_object().at(name).to_number<std::int64_t>();
}

void count_hours(Snapshot& snapshot) {
    Counters counters;
    for (const auto& job : snapshot.jobs) counters.apply(arrival(job));
    snapshot.hours = counters.hours();
}

void read_hours(const json::object& file, Snapshot& snapshot) {
    auto* hours = file.if_contains("completedHours");
    if (!hours) return count_hours(snapshot);
    for (const auto& hour : hours->as_array()) {
        const auto& numbers = hour.as_array();
        snapshot.hours[numbers.at(0).to_number<std::int64_t>()] =
            Counters::Hour{numbers.at(1).to_number<std::int64_t>(), numbers.at(2).to_number<std::int64_t>()};
    }
}

// Foreign ids become keys of ours, in the order of creation; a key that comes twice is given once.
void assign_keys(std::vector<Job>& jobs) {
    std::set<std::int64_t> taken;
    std::multimap<WallTime, Job*> without_key;  // of one time: in the order of the file
    for (auto& job : jobs)
        if (job.key == 0 || !taken.insert(job.key).second) without_key.emplace(job.created_at, &job);
    JobKeys keys;
    for (auto& [created_at, job] : without_key) {
        do job->key = keys.next(created_at);
        while (!taken.insert(job->key).second);
    }
    std::ranges::sort(jobs, {}, &Job::key);
}

json::object parse_object(const std::string& text) {
    auto value = read_stored_json(text);
    if (!value) throw UnsoundSnapshot(value.error().message);
    if (!value->is_object()) throw UnsoundSnapshot("not an object");
    return std::move(value->get_object());
}

void check_version(const json::object& file, const std::string& path) {
    auto* version = file.if_contains("version");
    if (!version || !version->is_int64()) throw UnsoundSnapshot("no version");
    if (version->get_int64() > snapshot_version)
        throw std::runtime_error(fmt::format("{} has version {}, newer than the {} that this program knows: start a newer one, or "
                                             "move the file away", path, version->get_int64(), snapshot_version));
}

}  // namespace

Snapshot parse_snapshot(const std::string& text, const std::string& path) {
    auto file = parse_object(text);
    check_version(file, path);
    if (!file.contains("jobs")) throw UnsoundSnapshot("no jobs");
    Snapshot snapshot;
    if (auto* epoch = file.if_contains("epoch"); epoch && epoch->is_string()) snapshot.epoch = epoch->get_string();
    read_list(file, "jobs", snapshot.jobs, snapshot, read_file_job);
    read_list(file, "records", snapshot.records, snapshot, read_record);
    read_list(file, "events", snapshot.events, snapshot, read_event);
    try {
        read_hours(file, snapshot);
        snapshot.last_seq = mark(file, "seq");
        snapshot.last_order = mark(file, "recordOrder");
        snapshot.highest_key = mark(file, "jobKey");
    } catch (const std::exception& e) {
        throw UnsoundSnapshot(e.what());
    }
    assign_keys(snapshot.jobs);
    std::ranges::sort(snapshot.events, {}, &Event::seq);
    return snapshot;
}

}  // namespace lanekeeper

#pragma once
#include "base/json.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// How a new body meets the one that is there. Pure: it runs inside the store's transaction, on the store's thread.
using MergeRecord = json::object (*)(const json::object& existing, json::object incoming);

/// A record is a JSON object under (kind, scope, key): a transcript row, a session, a mapping. Within a scope records
/// keep the order of their first insertion.
struct RecordPut {
    enum class Mode {
        upsert,   // insert, or replace (through `merge` when there is one)
        insert,   // refused with `record_exists` when the key is taken
        replace,  // refused with `record_missing` when it is not
        update,   // as upsert when the key is taken; else left out, with the event that shows it
    };
    RecordPut() = default;
    RecordPut(std::string kind_, std::string scope_, std::string key_, json::object body_, Mode mode_ = Mode::upsert,
              MergeRecord merge_ = nullptr)
        : kind(std::move(kind_)), scope(std::move(scope_)), key(std::move(key_)), body(std::move(body_)), mode(mode_),
          merge(merge_) {}
    std::string kind;
    std::string scope;
    std::string key;
    json::object body;
    Mode mode = Mode::upsert;
    MergeRecord merge = nullptr;
    std::optional<WallTime> expires_at;  // may be removed after it
    std::optional<std::int64_t> if_revision;  // refused with `record_changed` unless what is there has this `revision`
};

struct RecordDelete {
    RecordDelete() = default;
    RecordDelete(std::string kind_, std::string scope_, std::optional<std::string> key_ = {})
        : kind(std::move(kind_)), scope(std::move(scope_)), key(std::move(key_)) {}
    std::string kind;
    std::string scope;
    std::optional<std::string> key;  // without one: the whole scope
};

/// Who may hear an event (api.md 7, Routing).
enum class Audience {
    thread,     // sockets that asked for its thread, and unfiltered ones
    broadcast,  // every socket
    system,     // belongs to a hidden session: only an operator's socket that asks for exactly that thread
};

/// Something to tell clients, committed with the change it tells of; the store gives it its `seq`.
struct EventDraft {
    EventDraft() = default;
    EventDraft(std::string type_, std::optional<std::string> thread_id_, json::object payload_,
               Audience audience_ = Audience::thread)
        : type(std::move(type_)), thread_id(std::move(thread_id_)), payload(std::move(payload_)), audience(audience_) {}
    std::string type;
    std::optional<std::string> thread_id;
    json::object payload;
    Audience audience = Audience::thread;
    /// Whom it is about: sockets that ask for this job, or its workflow, hear it too (jobs-family.md, Dependencies).
    std::optional<std::string> job_id;
    std::optional<std::string> workflow_id;
    /// `job_id` stands beside `payload`: the event is of the jobs' own family (jobs-family.md, Words).
    bool shows_job = false;
    /// The store sets `payload.entry` to the merged body of this put of the same `Effects`; without it there is no event.
    std::optional<std::size_t> entry_of_put;
    /// That body is the whole payload instead.
    bool entry_is_payload = false;
};

/// Rows and news that belong to one change. Applied in the order deletes, puts, events; all or nothing.
struct Effects {
    Effects() = default;
    std::vector<RecordDelete> deletes;
    std::vector<RecordPut> puts;
    std::vector<EventDraft> events;

    bool empty() const { return deletes.empty() && puts.empty() && events.empty(); }
    /// Appends the other's, keeping `entry_of_put` pointing at the right put.
    void append(Effects other);
};

/// A committed event. `text` is the whole envelope as sent to clients but for its end: `{"type":…,"payload":{…}`.
struct Event {
    Event() = default;
    std::int64_t seq = 0;  // 0: live-only, has none
    std::string type;
    std::optional<std::string> thread_id;
    std::optional<std::string> job_id;
    std::optional<std::string> workflow_id;
    Audience audience = Audience::thread;
    WallTime at{};
    std::string text;
    /// The envelope: `text` closed with `,"seq":N}` or `,"seq":null}`.
    std::string envelope() const;
};

/// A draft rendered once, before it has a seq.
Event render_event(const EventDraft& draft, WallTime at);

/// What a listener asks for by name.
struct EventTopics {
    EventTopics() = default;
    /// Nothing, and no job or workflow: everything that is not hidden.
    std::optional<std::vector<std::string>> threads;
    std::vector<std::string> jobs;
    std::vector<std::string> workflows;

    bool everything() const { return !threads && jobs.empty() && workflows.empty(); }
    /// Whether its thread is asked for.
    bool name_thread(const Event& event) const;
};

/// The routing rules of api.md 7, for what is live and for what is replayed. `hidden`: may hear a hidden session's events,
/// where it names that thread.
bool is_for(const Event& event, const EventTopics& topics, bool hidden);

}  // namespace lanekeeper

#pragma once
#include "base/json.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>

namespace lanekeeper::session {

inline constexpr std::string_view default_title = "New chat";

/// What a chat's turns run with (api.md 4, session-controls).
struct Controls {
    Controls() = default;
    std::optional<std::string> model;  // nothing: the runtime's own
    std::string approval_policy;
    std::string network_access;
    std::string filesystem_sandbox;
    json::object settings;  // free members of clients

    bool operator==(const Controls&) const = default;
};

json::object to_json(const Controls& controls);
Controls controls_from_json(const json::object& object);

/// A chat. Its id is the runtime's thread id of its creation, and is the `threadId` of events; `runtime_thread_id` is
/// where its turns run now.
struct Session {
    Session() = default;
    std::string id;
    std::string runtime_thread_id;
    std::string title{default_title};
    std::optional<std::string> project_id;
    std::optional<std::string> cwd;
    std::string model_provider;
    std::string source;
    bool materialized = false;  // a turn ran
    bool archived = false;
    Controls controls;
    WallTime created_at{};
    WallTime updated_at{};

    // A worker's session (runtime.md 3): hidden, and no user operation reaches it.
    bool system_owned = false;
    std::string owner;  // whose work it does: a project id or "session:<id>"
    std::string agent;
};

/// As the store keeps it: every member, so that a part of it can be laid over (`overlay`).
json::object to_json(const Session& session);
Session session_from_json(const json::object& object);

/// As clients see it (api.md 4, Summary).
json::object summary(const Session& session);

/// What is left of a deleted chat: enough for a 410, for ever.
struct Tombstone {
    Tombstone() = default;
    std::string id;
    std::string title;
    WallTime deleted_at{};
};

json::object to_json(const Tombstone& tombstone);
Tombstone tombstone_from_json(const json::object& object);

/// The members of `incoming` over those of `existing`: how changes of sessions and projects are stored, so that two
/// writers of different members never undo each other. A `MergeRecord`.
json::object overlay(const json::object& existing, json::object incoming);

}  // namespace lanekeeper::session

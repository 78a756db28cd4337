#pragma once
#include "base/error.hpp"
#include "session/project.hpp"
#include "session/session.hpp"

#include <map>
#include <set>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

namespace lanekeeper::session {

/// Which sessions a list is about, and where it goes on.
struct ListQuery {
    ListQuery() = default;
    bool archived = false;
    bool include_system_owned = false;
    std::optional<std::string> project_id;
    std::string cursor;  // empty: from the start
    std::size_t limit = 50;
};

struct SessionPage {
    std::vector<Session> sessions;  // newest first
    std::optional<std::string> next;
};

/// The page with guests among its sessions: chats that are in no directory, listed as if they were, in the one order. Of
/// `guests` those count that come after the query's cursor, which the page was made with.
SessionPage with_guests(SessionPage page, std::vector<Session> guests, const ListQuery& query);

/// What lists are ordered by: when it was made, in milliseconds, then its id.
using Age = std::pair<std::int64_t, std::string>;
inline Age age_of(const Session& session) { return {to_ms(session.created_at), session.id}; }

/// All sessions, projects and tombstones, in memory. The services write what they committed; everybody reads. Any
/// thread: values go in and out, nothing refers into it.
class Directory {
public:
    // Sessions.
    void put(Session session);
    /// Lays stored members over a session; nothing happens when it is gone.
    void patch(const std::string& id, const json::object& members);
    /// Forgets the session and remembers that it was.
    void bury(Tombstone tombstone);
    void forget(const std::string& id);  // without a stone: a worker's
    std::optional<Session> find(const std::string& id) const;
    std::optional<Tombstone> tombstone(const std::string& id) const;
    std::optional<std::string> by_runtime_thread(const std::string& thread_id) const;  // → session id
    /// invalid_request when the cursor is not one of ours.
    Result<SessionPage> list(const ListQuery& query) const;
    std::vector<Session> chats_of_project(const std::string& project_id) const;  // users' own, archived too; oldest first
    std::vector<Session> workers_of(const std::string& owner) const;             // hidden ones; by agent

    // Projects.
    void put(Project project);
    void remove_project(const std::string& id);
    std::optional<Project> project(const std::string& id) const;
    std::optional<Project> project_named(const std::string& name) const;  // case does not count
    std::vector<Project> projects() const;                                // by name

    // What new sessions start with.
    void set_defaults(Controls controls);
    Controls defaults() const;

private:
    void enter(Session session);  // both under the lock
    void drop(const std::string& id);

    mutable std::shared_mutex mutex_;
    std::map<std::string, Session> sessions_;
    std::set<Age> by_age_;
    std::map<std::string, std::string> by_runtime_thread_;
    std::map<std::string, std::set<Age>> by_project_;
    std::map<std::string, std::set<std::string>> workers_;
    std::map<std::string, Tombstone> stones_;
    std::map<std::string, Project> projects_;
    std::map<std::string, std::string> by_name_;
    Controls defaults_;
};

}  // namespace lanekeeper::session

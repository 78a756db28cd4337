#pragma once
#include "agents/sessions.hpp"
#include "session/project.hpp"

namespace lanekeeper {

/// How `move_chats` ended.
struct MovedChats {
    int moved = 0, archived = 0, already_archived = 0;
};
struct DeletedChats {
    int deleted = 0, skipped = 0;
};

/// Projects (api.md 3). Same manners as `Sessions`. Refusals: `not_found` {projectId}, `duplicate_name` {projectId},
/// `project_not_empty` {sessionCount, openJobs}, `not_materialized_sessions` {sessionIds}.
class Projects {
public:
    explicit Projects(Sessions& sessions);

    std::vector<session::Project> list() const;  // by name
    Result<void> require_project(const std::string& id) const;
    std::optional<session::Project> find(const std::string& id) const;
    /// The hidden sessions that work for it, by agent.
    std::vector<session::Session> agent_sessions(const std::string& project_id) const;

    /// `keep`: committed with the project.
    Task<Result<session::Project>> create(std::string name, std::optional<std::string> working_directory,
                                          KeepAnswer<session::Project> keep = {});
    Task<Result<session::Project>> rename(std::string project_id, std::string name);
    /// → how many archived chats lost their project. Chats that are not archived, and open jobs, refuse.
    Task<Result<int>> remove(std::string project_id);

    enum class Destination { unassigned, archive };
    Task<Result<MovedChats>> move_chats(std::string project_id, Destination destination);
    Task<Result<DeletedChats>> delete_chats(std::string project_id);

private:
    Task<Result<int>> remove_project(std::string project_id);
    Task<std::size_t> open_jobs(std::string project_id);
    Task<MovedChats> unassign(std::vector<session::Session> chats);
    Task<MovedChats> archive(std::vector<session::Session> chats);

    Sessions& sessions_;
};

}  // namespace lanekeeper

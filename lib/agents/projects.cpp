#include "agents/projects.hpp"

#include "agents/session_core.hpp"
#include "agents/worker_owners.hpp"
#include "base/limits.hpp"
#include "session/guard.hpp"

namespace lanekeeper {
namespace {

const char* const names_lock = "projects";

Problem duplicate_name(const session::Project& taken) {
    return {"duplicate_name", "a project of this name exists", json::object{{"projectId", taken.id}}};
}

Problem not_empty(const std::string& project_id, std::size_t sessions, std::size_t jobs) {
    return {"project_not_empty", "the project has chats or open jobs",
            json::object{{"projectId", project_id}, {"sessionCount", sessions}, {"openJobs", jobs}}};
}

RecordPut put_project(const session::Project& project) {
    return {std::string(project_kind), "", project.id, session::to_json(project)};
}

Effects upsert(const session::Project& project) {
    Effects effects;
    effects.puts.push_back(put_project(project));
    json::object payload{{"project", session::to_json(project)}};
    effects.events.emplace_back("project_upserted", std::nullopt, std::move(payload), Audience::broadcast);
    return effects;
}

}  // namespace

Projects::Projects(Sessions& sessions) : sessions_(sessions) {}

std::vector<session::Project> Projects::list() const { return sessions_.core().directory.projects(); }

Result<void> Projects::require_project(const std::string& id) const {
    return session::require_project(sessions_.core().directory, id);
}

std::optional<session::Project> Projects::find(const std::string& id) const {
    return sessions_.core().directory.project(id);
}

std::vector<session::Session> Projects::agent_sessions(const std::string& project_id) const {
    return sessions_.core().directory.workers_of(project_id);
}

Task<Result<session::Project>> Projects::create(std::string name, std::optional<std::string> working_directory,
                                                KeepAnswer<session::Project> keep) {
    auto& core = sessions_.core();
    auto hold = co_await core.locks.acquire(names_lock);
    auto taken = core.directory.project_named(name);
    if (taken) co_return duplicate_name(*taken);
    session::Project project;
    project.id = core.ids.next("proj", core.now());
    project.name = std::move(name);
    project.working_directory = std::move(working_directory);
    project.created_at = core.now();
    project.updated_at = project.created_at;
    auto effects = upsert(project);
    if (keep) effects.puts.push_back(keep(project));
    auto committed = co_await core.commit(std::move(effects));
    if (!committed) co_return committed.error();
    core.directory.put(project);
    co_return project;
}

Task<Result<session::Project>> Projects::rename(std::string project_id, std::string name) {
    auto& core = sessions_.core();
    auto hold = co_await core.locks.acquire(names_lock);
    auto known = require_project(project_id);
    if (!known) co_return known.error();
    auto taken = core.directory.project_named(name);
    if (taken && taken->id != project_id) co_return duplicate_name(*taken);
    auto project = *core.directory.project(project_id);
    project.name = std::move(name);
    project.updated_at = core.now();
    auto effects = upsert(project);
    auto committed = co_await core.commit(std::move(effects));
    if (!committed) co_return committed.error();
    core.directory.put(project);
    co_return project;
}

Task<std::size_t> Projects::open_jobs(std::string project_id) {
    std::size_t count = 0;
    auto* queue = sessions_.core().queue;
    if (!queue) co_return count;
    for (auto state : {JobState::pending, JobState::queued, JobState::running}) {
        JobQuery query;
        query.owner = project_id;
        query.state = state;
        query.limit = limits::page_max;
        auto page = co_await queue->list(query);
        count += page.jobs.size();
    }
    co_return count;
}

Task<Result<int>> Projects::remove(std::string project_id) {
    auto removed = co_await remove_project(project_id);
    // Without the names: the runtime may take its time over their threads.
    if (removed) co_await remove_workers(sessions_.core(), project_id);
    co_return removed;
}

Task<Result<int>> Projects::remove_project(std::string project_id) {
    auto& core = sessions_.core();
    auto hold = co_await core.locks.acquire(names_lock);
    auto known = require_project(project_id);
    if (!known) co_return known.error();
    auto chats = core.directory.chats_of_project(project_id);
    std::size_t live = 0;
    for (const auto& chat : chats) live += chat.archived ? 0 : 1;
    auto jobs = co_await open_jobs(project_id);
    if (live + jobs > 0) co_return not_empty(project_id, live, jobs);
    // Before the project goes: whatever fails later, nobody could free the lane of a project that is gone.
    if (core.queue) co_await core.queue->free_lane(project_id);
    int unassigned = 0;
    for (const auto& chat : chats) {
        auto moved = co_await sessions_.assign_project(chat.id, std::nullopt);
        if (moved) ++unassigned;
    }
    Effects effects;
    effects.deletes.emplace_back(std::string(project_kind), "", project_id);
    json::object payload{{"projectId", project_id}};
    effects.events.emplace_back("project_deleted", std::nullopt, std::move(payload), Audience::broadcast);
    auto committed = co_await core.commit(std::move(effects));
    if (!committed) co_return committed.error();
    core.directory.remove_project(project_id);
    auto late = core.directory.chats_of_project(project_id);  // that came while we looked
    for (const auto& chat : late) {
        auto moved = co_await sessions_.assign_project(chat.id, std::nullopt);
        if (moved) ++unassigned;
    }
    co_return unassigned;
}

}  // namespace lanekeeper

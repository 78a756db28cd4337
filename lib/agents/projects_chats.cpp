// Projects: all chats of one at once.
#include "agents/projects.hpp"
#include "agents/session_core.hpp"
#include "session/guard.hpp"

namespace lanekeeper {
namespace {

/// Chats that cannot be archived because they never ran.
json::array not_materialized(const std::vector<session::Session>& chats) {
    json::array ids;
    for (const auto& chat : chats)
        if (!chat.archived && !chat.materialized) ids.emplace_back(chat.id);
    return ids;
}

}  // namespace

Task<Result<MovedChats>> Projects::move_chats(std::string project_id, Destination destination) {
    auto known = require_project(project_id);
    if (!known) co_return known.error();
    auto chats = sessions_.core().directory.chats_of_project(project_id);
    if (destination == Destination::unassigned) co_return co_await unassign(std::move(chats));
    auto fresh = not_materialized(chats);
    if (!fresh.empty())
        co_return Problem("not_materialized_sessions", "some chats never ran and cannot be archived",
                          json::object{{"projectId", project_id}, {"sessionIds", std::move(fresh)}});
    co_return co_await archive(std::move(chats));
}

Task<MovedChats> Projects::unassign(std::vector<session::Session> chats) {
    MovedChats result;
    for (const auto& chat : chats) {
        auto moved = co_await sessions_.assign_project(chat.id, std::nullopt);
        if (moved) ++result.moved;
    }
    co_return result;
}

Task<MovedChats> Projects::archive(std::vector<session::Session> chats) {
    MovedChats result;
    for (const auto& chat : chats) {
        if (chat.archived) {
            ++result.already_archived;
            continue;
        }
        auto archived = co_await sessions_.archive(chat.id);
        if (!archived) continue;  // deleted meanwhile
        ++result.archived;
        ++result.moved;
    }
    co_return result;
}

Task<Result<DeletedChats>> Projects::delete_chats(std::string project_id) {
    auto known = require_project(project_id);
    if (!known) co_return known.error();
    DeletedChats result;
    auto chats = sessions_.core().directory.chats_of_project(project_id);
    for (const auto& chat : chats) {
        auto removed = co_await sessions_.remove(chat.id);
        if (removed) ++result.deleted;
        else ++result.skipped;
    }
    co_return result;
}

}  // namespace lanekeeper

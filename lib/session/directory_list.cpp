#include "session/directory.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <mutex>

namespace lanekeeper::session {
namespace {

/// "<ms>.<id>": where the page before ended.
std::string cursor_after(const Session& session) {
    return std::to_string(to_ms(session.created_at)) + "." + session.id;
}

std::optional<Age> read_cursor(const std::string& cursor) {
    auto dot = cursor.find('.');
    if (dot == std::string::npos) return {};
    std::int64_t ms = 0;
    auto [end, error] = std::from_chars(cursor.data(), cursor.data() + dot, ms);
    if (error != std::errc() || end != cursor.data() + dot) return {};
    return Age{ms, cursor.substr(dot + 1)};
}

Problem bad_cursor() {
    Problem problem("invalid_request", "the request does not validate");
    problem.issues.emplace_back("invalid_value", json::array{"query", "cursor"}, "cursor must be a nextCursor of an earlier reply");
    return problem;
}

bool belongs(const Session& session, const ListQuery& query) {
    if (session.system_owned && !query.include_system_owned) return false;
    if (query.project_id && session.project_id != query.project_id) return false;
    return session.archived == query.archived;
}

}  // namespace

Result<SessionPage> Directory::list(const ListQuery& query) const {
    std::optional<Age> from;
    if (!query.cursor.empty()) {
        from = read_cursor(query.cursor);
        if (!from) return bad_cursor();
    }
    std::shared_lock lock(mutex_);
    SessionPage page;
    auto at = from ? by_age_.lower_bound(*from) : by_age_.end();
    while (at != by_age_.begin()) {
        const Session& session = sessions_.at((--at)->second);
        if (!belongs(session, query)) continue;
        if (page.sessions.size() == query.limit) {
            page.next = cursor_after(page.sessions.back());
            break;
        }
        page.sessions.push_back(session);
    }
    return page;
}

SessionPage with_guests(SessionPage page, std::vector<Session> guests, const ListQuery& query) {
    auto from = read_cursor(query.cursor);
    std::erase_if(guests, [&](const Session& guest) { return from && age_of(guest) >= *from; });
    if (guests.empty()) return page;
    std::move(guests.begin(), guests.end(), std::back_inserter(page.sessions));
    std::sort(page.sessions.begin(), page.sessions.end(), [](const Session& a, const Session& b) { return age_of(a) > age_of(b); });
    if (page.sessions.size() <= query.limit) return page;
    page.sessions.resize(query.limit);
    page.next = cursor_after(page.sessions.back());
    return page;
}

void Directory::put(Project project) {
    std::unique_lock lock(mutex_);
    auto known = projects_.find(project.id);
    if (known != projects_.end()) by_name_.erase(folded_name(known->second.name));
    by_name_[folded_name(project.name)] = project.id;
    auto id = project.id;
    projects_.insert_or_assign(std::move(id), std::move(project));
}

void Directory::remove_project(const std::string& id) {
    std::unique_lock lock(mutex_);
    auto known = projects_.find(id);
    if (known == projects_.end()) return;
    by_name_.erase(folded_name(known->second.name));
    projects_.erase(known);
}

std::optional<Project> Directory::project(const std::string& id) const {
    std::shared_lock lock(mutex_);
    auto found = projects_.find(id);
    if (found == projects_.end()) return {};
    return found->second;
}

std::optional<Project> Directory::project_named(const std::string& name) const {
    std::shared_lock lock(mutex_);
    auto found = by_name_.find(folded_name(name));
    if (found == by_name_.end()) return {};
    return projects_.at(found->second);
}

std::vector<Project> Directory::projects() const {
    std::shared_lock lock(mutex_);
    std::vector<Project> all;
    for (const auto& [folded, id] : by_name_) all.push_back(projects_.at(id));
    return all;
}

void Directory::set_defaults(Controls controls) {
    std::unique_lock lock(mutex_);
    defaults_ = std::move(controls);
}

Controls Directory::defaults() const {
    std::shared_lock lock(mutex_);
    return defaults_;
}

}  // namespace lanekeeper::session

#include "session/directory.hpp"

#include <algorithm>
#include <mutex>
#include <tuple>

namespace lanekeeper::session {
namespace {

template <class Map, class Key>
void erase_from(Map& map, const std::string& of, const Key& key) {
    auto found = map.find(of);
    if (found == map.end()) return;
    found->second.erase(key);
    if (found->second.empty()) map.erase(found);
}

template <class T>
std::optional<T> copy_of(const std::map<std::string, T>& map, const std::string& key) {
    auto found = map.find(key);
    if (found == map.end()) return {};
    return found->second;
}

}  // namespace

void Directory::put(Session session) {
    std::unique_lock lock(mutex_);
    enter(std::move(session));
}

void Directory::enter(Session session) {
    drop(session.id);
    by_age_.insert(age_of(session));
    by_runtime_thread_[session.runtime_thread_id] = session.id;
    if (session.system_owned) workers_[session.owner].insert(session.id);
    else if (session.project_id) by_project_[*session.project_id].insert(age_of(session));
    auto id = session.id;
    sessions_.insert_or_assign(std::move(id), std::move(session));
}

void Directory::patch(const std::string& id, const json::object& members) {
    std::unique_lock lock(mutex_);
    auto found = sessions_.find(id);
    if (found != sessions_.end()) enter(session_from_json(overlay(to_json(found->second), members)));
}

void Directory::bury(Tombstone tombstone) {
    std::unique_lock lock(mutex_);
    drop(tombstone.id);
    auto id = tombstone.id;
    stones_.insert_or_assign(std::move(id), std::move(tombstone));
}

void Directory::forget(const std::string& id) {
    std::unique_lock lock(mutex_);
    drop(id);
}

void Directory::drop(const std::string& id) {
    auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    const Session& session = found->second;
    by_age_.erase(age_of(session));
    auto thread = by_runtime_thread_.find(session.runtime_thread_id);
    if (thread != by_runtime_thread_.end() && thread->second == id) by_runtime_thread_.erase(thread);
    if (session.project_id) erase_from(by_project_, *session.project_id, age_of(session));
    if (session.system_owned) erase_from(workers_, session.owner, id);
    sessions_.erase(found);
}

std::optional<Session> Directory::find(const std::string& id) const {
    std::shared_lock lock(mutex_);
    return copy_of(sessions_, id);
}

std::optional<Tombstone> Directory::tombstone(const std::string& id) const {
    std::shared_lock lock(mutex_);
    return copy_of(stones_, id);
}

std::optional<std::string> Directory::by_runtime_thread(const std::string& thread_id) const {
    std::shared_lock lock(mutex_);
    return copy_of(by_runtime_thread_, thread_id);
}

std::vector<Session> Directory::chats_of_project(const std::string& project_id) const {
    std::shared_lock lock(mutex_);
    std::vector<Session> chats;
    auto found = by_project_.find(project_id);
    if (found == by_project_.end()) return chats;
    for (const auto& age : found->second) chats.push_back(sessions_.at(age.second));
    return chats;
}

std::vector<Session> Directory::workers_of(const std::string& owner) const {
    std::shared_lock lock(mutex_);
    std::vector<Session> workers;
    auto found = workers_.find(owner);
    if (found == workers_.end()) return workers;
    for (const auto& id : found->second) workers.push_back(sessions_.at(id));
    auto by_agent = [](const Session& a, const Session& b) { return std::tie(a.agent, a.id) < std::tie(b.agent, b.id); };
    std::sort(workers.begin(), workers.end(), by_agent);
    return workers;
}

}  // namespace lanekeeper::session

#include "agents/guests.hpp"

#include "agents/guest_thread.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "transcript/rows.hpp"

#include <set>

namespace lanekeeper {
namespace {

constexpr std::size_t page_size = 100;
constexpr std::size_t pages_max = guests_max / page_size;
constexpr std::size_t loaded_max = 20;  // loaded threads that no list names: each is a call
constexpr std::size_t turns_of_page = 10;
constexpr int pages_of_turns = 10;

bool is_ours(const SessionCore& core, const std::string& thread_id) {
    const auto& directory = core.directory;
    return directory.find(thread_id) || directory.tombstone(thread_id) || directory.by_runtime_thread(thread_id);
}

/// Nothing: there is nobody to ask, or the answer is no.
Task<std::optional<json::object>> ask_runtime(SessionCore& core, std::string method, json::object params) {
    try {
        auto result = co_await core.runtime.call(method, std::move(params));
        if (result.is_object()) co_return std::move(result.get_object());
    } catch (const RuntimeRefusal& e) {
        log_debug("runtime does not tell of its threads", {{"method", method}, {"error", e.what()}});
    } catch (const RuntimeUnavailable& e) {
        log_debug("runtime does not tell of its threads", {{"method", method}, {"error", e.what()}});
    }
    co_return std::nullopt;
}

std::vector<json::object> objects_of(const json::object& page) {
    std::vector<json::object> objects;
    const auto* data = members::array(page, "data");
    if (!data) return objects;
    for (const auto& value : *data)
        if (const auto* object = value.if_object()) objects.push_back(*object);
    return objects;
}

/// Null: it was the last page.
json::value next_of(const json::object& page) {
    const auto* next = page.if_contains("nextCursor");
    return next ? *next : json::value();
}

json::object list_params(bool archived, const json::value& cursor) {
    json::object params;
    params["limit"] = page_size;
    params["archived"] = archived;
    params["sortKey"] = "created_at";
    params["sourceKinds"] = json::array{"cli", "vscode", "exec", "appServer"};
    params["useStateDbOnly"] = true;  // else every list reads files again
    if (!cursor.is_null()) params["cursor"] = cursor;
    return params;
}

json::object thread_params(const std::string& thread_id) {
    json::object params;
    params["threadId"] = thread_id;
    return params;
}

json::object turns_params(const std::string& thread_id, const json::value& cursor) {
    auto params = thread_params(thread_id);
    params["limit"] = turns_of_page;
    params["itemsView"] = "full";
    params["sortDirection"] = "desc";
    if (!cursor.is_null()) params["cursor"] = cursor;
    return params;
}

/// Guests by their ids: lists can name a thread twice.
using Guests = std::map<std::string, session::Session>;

void take(const SessionCore& core, const json::object& thread, Guests& guests) {
    auto guest = guest_session(thread, core.directory.defaults());
    if (!guest || is_ours(core, guest->id)) return;
    auto id = guest->id;
    guests.emplace(std::move(id), std::move(*guest));
}

Task<std::optional<session::Session>> read_guest(SessionCore& core, std::string thread_id) {
    auto params = thread_params(thread_id);
    auto answer = co_await ask_runtime(core, "thread/read", std::move(params));
    const auto* thread = answer ? members::object(*answer, "thread") : nullptr;
    if (!thread || is_ours(core, thread_id)) co_return std::nullopt;
    co_return guest_session(*thread, core.directory.defaults());
}

/// Those that work now and are not written yet.
Task<void> add_loaded(SessionCore& core, Guests& guests) {
    json::object none;
    auto answer = co_await ask_runtime(core, "thread/loaded/list", std::move(none));
    const auto* ids = answer ? members::array(*answer, "data") : nullptr;
    if (!ids) co_return;
    std::size_t asked = 0;
    for (const auto& value : *ids) {
        auto id = value.is_string() ? std::string(value.get_string()) : std::string();
        if (id.empty() || guests.contains(id) || is_ours(core, id)) continue;
        if (++asked > loaded_max) break;
        auto guest = co_await read_guest(core, id);
        if (guest && !guest->archived) guests.emplace(id, std::move(*guest));
    }
}

Task<std::vector<json::object>> read_earlier_turns(SessionCore& core, std::string thread_id) {
    std::vector<json::object> turns;
    json::value cursor;
    for (int pages = 0; pages < pages_of_turns; ++pages) {
        auto params = turns_params(thread_id, cursor);
        auto page = co_await ask_runtime(core, "thread/turns/list", std::move(params));
        if (!page) break;
        for (auto& turn : objects_of(*page)) turns.push_back(std::move(turn));
        cursor = next_of(*page);
        if (cursor.is_null()) break;
    }
    co_return turns;
}

Effects adoption(const session::Session& guest, const GuestHistory& history) {
    Effects effects;
    effects.puts.push_back(put_session(guest));
    for (const auto& turn : history.turns) log_turn(effects, guest.id, turn);
    for (const auto& row : history.rows) effects.puts.push_back(transcript::put_base(guest.id, row));
    return effects;
}

}  // namespace

Task<std::vector<session::Session>> list_guests(SessionCore& core, bool archived) {
    Guests guests;
    json::value cursor;
    for (std::size_t pages = 0; pages < pages_max; ++pages) {
        auto params = list_params(archived, cursor);
        auto page = co_await ask_runtime(core, "thread/list", std::move(params));
        if (!page) co_return std::vector<session::Session>();
        for (const auto& thread : objects_of(*page)) take(core, thread, guests);
        cursor = next_of(*page);
        if (cursor.is_null()) break;
    }
    if (!archived) co_await add_loaded(core, guests);
    std::vector<session::Session> list;
    for (auto& [id, guest] : guests) {
        guest.archived = archived;
        if (!is_ours(core, id)) list.push_back(std::move(guest));  // one may have been adopted or deleted meanwhile
    }
    co_return list;
}

Task<bool> adopt_guest(SessionCore& core, std::string thread_id) {
    if (is_ours(core, thread_id)) co_return false;
    auto guest = co_await read_guest(core, thread_id);
    if (!guest || guest->id != thread_id) co_return false;
    auto turns = co_await read_earlier_turns(core, thread_id);
    auto effects = adoption(*guest, guest_history(turns, guest_rows_max));
    auto committed = co_await core.commit(std::move(effects));
    if (!committed) co_return false;
    core.directory.put(*guest);
    log_info("thread of the runtime became a chat", {{"sessionId", thread_id}, {"turns", turns.size()}});
    co_return true;
}

}  // namespace lanekeeper

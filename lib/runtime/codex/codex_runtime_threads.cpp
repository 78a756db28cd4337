// CodexRuntime: threads.
#include "runtime/codex/codex_runtime.hpp"
#include "runtime/codex/params.hpp"
#include "runtime/codex/refusal.hpp"
#include "runtime/codex/replies.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

using codex::Refusal;

std::string require_id(const char* method, std::string id) {
    if (id.empty()) throw RuntimeRefusal("runtime_error", std::string(method) + ": the answer has no id");
    return id;
}

}  // namespace

Task<std::string> CodexRuntime::start_thread(ThreadOptions options) {
    auto result = co_await get("thread/start", codex::thread_start_params(options));
    co_return require_id("thread/start", codex::thread_id_of(result));
}

Task<void> CodexRuntime::resume_thread(std::string thread_id) {
    auto end = co_await ask("thread/resume", codex::resume_params(thread_id));
    bool refused = end.how == CallEnd::How::refused;
    bool archived = refused && codex::meaning_of("thread/resume", end.error) == Refusal::archived;
    if (archived) {
        co_await get("thread/unarchive", codex::thread_params(thread_id));
        end = co_await ask("thread/resume", codex::resume_params(thread_id));
    }
    value_of("thread/resume", std::move(end));
}

Task<std::string> CodexRuntime::fork_thread(std::string thread_id) {
    auto result = co_await get("thread/fork", codex::resume_params(thread_id));
    co_return require_id("thread/fork", codex::thread_id_of(result));
}

/// False: there is no such thread, which is as good for what nobody will look at again.
Task<bool> CodexRuntime::call_unless_gone(std::string method, json::object params) {
    auto end = co_await ask(method, std::move(params));
    bool refused = end.how == CallEnd::How::refused;
    if (refused && codex::meaning_of(method, end.error) == Refusal::gone) co_return false;
    value_of(method, std::move(end));
    co_return true;
}

Task<void> CodexRuntime::archive_thread(std::string thread_id) {
    co_await call_unless_gone("thread/archive", codex::thread_params(thread_id));
}

Task<void> CodexRuntime::unarchive_thread(std::string thread_id) {
    co_await call_unless_gone("thread/unarchive", codex::thread_params(thread_id));
}

// A thread that others were forked from cannot be deleted: it is put away.
Task<void> CodexRuntime::delete_thread(std::string thread_id) {
    bool kept = false;
    try {
        co_await call_unless_gone("thread/delete", codex::thread_params(thread_id));
    } catch (const RuntimeRefusal& refusal) {
        kept = refusal.code == "invalid_state";
        if (!kept) throw;
    }
    if (kept) co_await archive_thread(thread_id);
    auto forget = [this, thread_id] { return let_go_.erase(thread_id); };
    co_await call_on(strand_, forget);
}

Task<void> CodexRuntime::rename_thread(std::string thread_id, std::string title) {
    auto params = codex::thread_params(thread_id);
    params["name"] = title;
    co_await call_unless_gone("thread/name/set", std::move(params));
}

Task<void> CodexRuntime::compact_thread(std::string thread_id) {
    co_await start_other_turn("thread/compact/start", codex::thread_params(thread_id), thread_id);
}

Task<void> CodexRuntime::unload_thread(std::string thread_id) {
    auto let_go = [this, thread_id] {
        if (turns_.find(thread_id)) throw RuntimeRefusal("invalid_state", "thread/unsubscribe: the thread has a turn under way");
        if (server_.ready()) let_go_.insert(thread_id);
        return true;
    };
    co_await call_on(strand_, let_go);
    co_await get("thread/unsubscribe", codex::thread_params(thread_id));
}

/// The first of the last so many turns; the thread's very first when it has fewer. Empty when it has none.
Task<std::string> CodexRuntime::oldest_of_last(std::string thread_id, int turns) {
    constexpr std::size_t page_size = 100;
    std::string oldest;
    json::value cursor;
    auto left = std::size_t(turns);
    while (left > 0) {
        auto limit = std::min(left, page_size);
        auto end = co_await ask("thread/turns/list", codex::turns_params(thread_id, limit, cursor), thread_id);
        bool refused = end.how == CallEnd::How::refused;
        if (refused && codex::meaning_of("thread/turns/list", end.error) == Refusal::not_yet) break;
        auto page = codex::read_turn_page(value_of("thread/turns/list", std::move(end)));
        if (page.turns.empty()) break;
        oldest = page.turns.back().turn_id;
        left -= std::min(left, page.turns.size());
        cursor = page.next;
        if (cursor.is_null()) break;
    }
    co_return oldest;
}

Task<void> CodexRuntime::revert_thread(std::string thread_id, int turns) {
    auto before = co_await oldest_of_last(thread_id, turns);
    if (before.empty()) co_return;
    auto params = codex::thread_params(thread_id);
    params["beforeTurnId"] = before;
    co_await get("thread/revert", std::move(params), thread_id);
}

}  // namespace lanekeeper

// CodexRuntime: what the server says, and what it would have said had it not died.
#include "base/log.hpp"
#include "base/members.hpp"
#include "runtime/codex/codex_runtime.hpp"
#include "runtime/notices.hpp"

namespace lanekeeper {
namespace {

constexpr int reads_max = 3;  // of a lost turn
constexpr Millis read_again{1'000};

std::string turn_of(const json::object& params) {
    const auto* turn = members::object(params, "turn");
    return turn ? members::text(*turn, "id") : std::string();
}

std::string turn_about(const json::object& params) {
    auto turn_id = members::text(params, "turnId");
    return turn_id.empty() ? turn_of(params) : turn_id;
}

/// News of an item that no turn has after its end. A command that outlives its turn speaks, and completes, later.
bool comes_before_end(std::string_view method) {
    return method != "item/completed" && !method.starts_with("item/commandExecution/");
}

/// A review is said to start under the id of the turn that runs inside it, and to end under its own: here it has one id.
/// → the inner one, empty where there is none.
std::string name_by_root(json::object& params) {
    auto* turn = params.contains("turn") ? params["turn"].if_object() : nullptr;
    auto root = turn ? members::text(*turn, "rootTurnId") : std::string();
    auto id = turn_of(params);
    if (root.empty() || root == id) return {};
    (*turn)["id"] = root;
    return id;
}

}  // namespace

void CodexRuntime::emit(const RuntimeNotice& notice) {
    for (const auto& listener : listeners_) listener(notice);
}

/// Nobody waits for a turn whose start was given up, and no end is said twice.
bool CodexRuntime::is_for_listeners(const RuntimeNotice& notice, const std::string& thread_id, const std::string& turn_id) {
    bool ends = notice.method == "turn/completed";
    if (!late_.has(turn_id)) return !ends || turn_id.empty() || told_.add(turn_id);
    const auto* turn = members::object(notice.params, "turn");
    bool completed = ends && turn && members::text(*turn, "status") == to_word(TurnStatus::completed);
    if (completed && !stopping_) nursery_.start("late turn completed", tell_late_turn(thread_id, turn_id));
    return false;
}

/// With what had not been said of it.
void CodexRuntime::tell_end(const std::string& thread_id, const TurnView& end, const std::vector<json::object>& items) {
    if (late_.has(end.turn_id) && end.status != TurnStatus::completed) return;
    if (!told_.add(end.turn_id)) return;
    late_.remove(end.turn_id);
    for (const auto& item : items) emit(notices::item_completed(thread_id, end.turn_id, item));
    emit(notices::turn_completed(thread_id, end, {}));
}

void CodexRuntime::hear(codex::Message message) {
    RuntimeNotice notice(std::move(message.method), std::move(message.params));
    auto thread_id = members::text(notice.params, "threadId");
    bool wished = false;
    if (notice.method == "turn/started") {
        auto inner = name_by_root(notice.params);
        wished = turns_.started(thread_id, turn_of(notice.params), inner);
    }
    auto about = turn_about(notice.params);
    note_late(thread_id, about);
    if (notice.method.starts_with("item/")) {
        auto turn_id = members::text(notice.params, "turnId");
        if (turns_.stirred(thread_id, turn_id, comes_before_end(notice.method))) insist(thread_id, turn_id);
    }
    file_changes_.hear(thread_id, notice.method, notice.params);
    if (notice.method == "turn/completed") {
        turns_.ended(thread_id, turn_of(notice.params));
        unheard_.erase({thread_id, turn_of(notice.params)});
        unwanted_ended(thread_id, turn_of(notice.params));
        questions_of_turn_settled(thread_id);
    }
    if (notice.method == "thread/closed") {
        unwanted_.erase(thread_id);
        turns_.forget(thread_id);
    }
    if (notice.method == "serverRequest/resolved" && notice.params.contains("requestId"))
        question_settled(question_key(notice.params.at("requestId")));
    if (is_for_listeners(notice, thread_id, about)) emit(notice);
    if (wished) insist(thread_id, turn_of(notice.params));
}

void CodexRuntime::went_down() {
    unwanted_.clear();
    let_go_.clear();
    file_changes_.clear();
    while (!questions_.empty()) question_settled(questions_.begin()->first);
    for (auto& [thread_id, turn_id] : turns_.lose_all()) lost_.emplace(thread_id, turn_id);
    lost_.merge(unheard_);
    unheard_.clear();
}

void CodexRuntime::came_up() {
    if (stopping_) return;
    nursery_.start("lost turns", settle_lost_turns());
    nursery_.start("capabilities", learn_capabilities());
}

// Those that nobody can be asked about are tried again after the next start.
Task<void> CodexRuntime::settle_lost_turns() {
    auto lost = std::exchange(lost_, {});
    for (const auto& [thread_id, turn_id] : lost) {
        bool settled = co_await try_to_settle(thread_id, turn_id);
        if (!settled) lost_.emplace(thread_id, turn_id);
    }
}

/// False: the server is gone again. One that refuses to tell leaves the turn interrupted: nobody is to wait for ever.
Task<bool> CodexRuntime::try_to_settle(std::string thread_id, std::string turn_id) {
    for (int tries = 0; tries < reads_max && !stopping_; ++tries) {
        try {
            co_await settle_lost_turn(thread_id, turn_id);
            co_return true;
        } catch (const RuntimeUnavailable&) {
            co_return false;
        } catch (const RuntimeRefusal& refusal) {
            log_warn("lost turn cannot be read", {{"threadId", thread_id}, {"turnId", turn_id}, {"error", refusal.what()}});
        }
        co_await pause_for(time_, read_again);
    }
    if (stopping_) co_return false;
    TurnView end;
    end.turn_id = turn_id;
    end.status = TurnStatus::interrupted;
    tell_end(thread_id, end, {});
    co_return true;
}

Task<void> CodexRuntime::settle_lost_turn(std::string thread_id, std::string turn_id) {
    auto view = co_await find_turn(thread_id, turn_id);
    TurnView end;
    end.turn_id = turn_id;
    end.status = TurnStatus::interrupted;
    if (view && view->status != TurnStatus::in_progress) end = *view;
    std::vector<json::object> items;
    if (view) items = co_await turn_items(thread_id, turn_id);
    log_info("lost turn is settled",
             {{"threadId", thread_id}, {"turnId", turn_id}, {"status", std::string(to_word(end.status))}});
    tell_end(thread_id, end, items);
}

}  // namespace lanekeeper

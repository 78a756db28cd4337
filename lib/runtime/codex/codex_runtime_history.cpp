// CodexRuntime: what is written of turns. Threads need not be loaded for that.
#include "runtime/codex/codex_runtime.hpp"
#include "runtime/codex/params.hpp"
#include "runtime/codex/refusal.hpp"
#include "runtime/codex/replies.hpp"

namespace lanekeeper {
namespace {

using codex::Refusal;

constexpr int pages_max = 20;
constexpr std::size_t first_page = 3;  // what is asked for is nearly always the newest
constexpr std::size_t later_pages = 50;
constexpr std::size_t whole_turns = 5;  // a page of turns with all their items
constexpr int whole_pages_max = 10;

}  // namespace

/// Null: there is nothing written of the thread.
Task<json::value> CodexRuntime::page_of_turns(std::string thread_id, std::size_t limit, json::value cursor, bool whole) {
    auto end = co_await ask("thread/turns/list", codex::turns_params(thread_id, limit, cursor, whole));
    auto meaning = Refusal::other;
    if (end.how == CallEnd::How::refused) meaning = codex::meaning_of("thread/turns/list", end.error);
    if (meaning == Refusal::not_loaded || meaning == Refusal::gone || meaning == Refusal::not_yet) co_return json::value();
    co_return value_of("thread/turns/list", std::move(end));
}

Task<std::optional<TurnView>> CodexRuntime::find_turn(std::string thread_id, std::string turn_id) {
    json::value cursor;
    for (int pages = 0; pages < pages_max; ++pages) {
        auto limit = pages == 0 ? first_page : later_pages;
        auto result = co_await page_of_turns(thread_id, limit, cursor, false);
        auto page = codex::read_turn_page(result);
        for (auto& turn : page.turns)
            if (turn.turn_id == turn_id) co_return std::move(turn);
        cursor = page.next;
        if (cursor.is_null()) break;
    }
    co_return std::nullopt;
}

Task<std::optional<TurnView>> CodexRuntime::turn_of_message(std::string thread_id, std::string client_message_id) {
    auto look = [this, thread_id] { return std::pair(unwanted_.contains(thread_id), late_.all()); };
    auto [cannot_tell, late] = co_await call_on(strand_, look);
    if (cannot_tell) throw not_known_yet("thread/turns/list");
    json::value cursor;
    for (int pages = 0; pages < whole_pages_max; ++pages) {
        auto result = co_await page_of_turns(thread_id, whole_turns, cursor, true);
        auto turn = codex::turn_of_message(result, client_message_id, late);
        if (turn) co_return turn;
        cursor = codex::read_turn_page(result).next;
        if (cursor.is_null()) break;
    }
    co_return std::nullopt;
}

Task<std::vector<json::object>> CodexRuntime::turn_items(std::string thread_id, std::string turn_id) {
    json::value cursor;
    for (int pages = 0; pages < whole_pages_max; ++pages) {
        auto result = co_await page_of_turns(thread_id, whole_turns, cursor, true);
        auto items = codex::items_of(result, turn_id);
        if (items) co_return std::move(*items);
        cursor = codex::read_turn_page(result).next;
        if (cursor.is_null()) break;
    }
    co_return std::vector<json::object>();
}

}  // namespace lanekeeper

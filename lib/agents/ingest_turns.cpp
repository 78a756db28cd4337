// Ingest: what has to be known of a turn before something of it is taken up, and what was not heard of it.
#include "agents/ingest_state.hpp"
#include "agents/records.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "runtime/notices.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {

/// A turn that did not begin here, or unheard. True: what comes of it comes late, it is over.
Task<bool> Ingest::State::meet_turn(std::shared_ptr<NoticeRun> run, NoticeFacts notice) {
    auto session_id = run->session_id;
    auto turn_id = notice.turn_id;
    bool ends = notice.kind == NoticeFacts::Kind::turn_completed;
    auto known = co_await core.ledger.reader().record(std::string(turn_kind), session_id, turn_id);
    bool goes_on = known && turn_from_json(known->body).open();
    if (goes_on || ends) co_await learn_open_items(session_id, turn_id);
    if (ends) co_return false;
    bool late = !goes_on && (known || core.turns.is_over(session_id, turn_id));
    if (!late && !run->replayed) core.turns.stirred(session_id, turn_id);
    co_return late;
}

/// What a turn of an earlier process left open, from the store.
Task<void> Ingest::State::learn_open_items(std::string session_id, std::string turn_id) {
    auto rows = co_await all_records(core.ledger.reader(), std::string(transcript::base_kind), session_id);
    OpenItems::Texts items;
    for (const auto& row : rows) {
        auto entry = transcript::entry_from_json(row.body);
        if (entry.turn_id == turn_id && !transcript::is_terminal(entry.status)) items.try_emplace(entry.message_id);
    }
    open[session_id].adopt(turn_id, std::move(items));
}

/// The news of an item's end may be lost. Before its turn ends, the notice at `end`, the runtime is asked for what became
/// of items that are open: what it has of them stands in front of that then, as if it had been said. True: there is some.
Task<bool> Ingest::State::find_lost_ends(std::shared_ptr<NoticeRun> run, std::size_t end) {
    auto turn_id = notice_turn(run->notices[end]);
    auto unsettled = open[run->session_id].open_in(turn_id);
    auto session = core.directory.find(run->session_id);
    bool ask = session && !unsettled.empty() && run->origin == TurnOrigin::runtime && !stopping;
    if (!ask || !run->looked_up.insert(turn_id).second) co_return false;
    auto items = co_await read_items(*session, turn_id);
    if (!items) co_return false;
    std::erase_if(*items, [&](const json::object& item) { return !unsettled.contains(members::text(item, "id")); });
    std::vector<RuntimeNotice> lost;
    for (auto& item : *items) lost.push_back(notices::item_completed(session->id, turn_id, std::move(item)));
    if (lost.empty()) co_return false;
    log_warn("ends of items were not heard",
             {{"sessionId", session->id}, {"turnId", turn_id}, {"items", std::to_string(lost.size())}});
    run->notices.insert(run->notices.begin() + std::ptrdiff_t(end), std::make_move_iterator(lost.begin()),
                        std::make_move_iterator(lost.end()));
    co_return true;
}

/// What ended in a turn. Nothing: the runtime cannot tell now.
Task<std::optional<std::vector<json::object>>> Ingest::State::read_items(session::Session session, std::string turn_id) {
    try {
        auto items = co_await core.runtime.turn_items(session.runtime_thread_id, turn_id);
        co_return items;
    } catch (const std::runtime_error& e) {
        log_warn("items could not be read", {{"sessionId", session.id}, {"turnId", turn_id}, {"error", e.what()}});
    }
    co_return std::nullopt;
}

}  // namespace lanekeeper

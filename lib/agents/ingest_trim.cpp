// Ingest: a worker's session serves its owner for as long as the owner lives, so its transcript has a bound.
#include "agents/ingest_state.hpp"
#include "base/limits.hpp"
#include "transcript/rows.hpp"

#include <set>

namespace lanekeeper {
namespace {

using Ids = std::set<std::string>;

constexpr std::size_t rows_at_once = 64;

/// Deletes of rows from the oldest on, up to the first of a turn that stays: rows stand in the order of their turns.
Task<Effects> rows_before(Store& store, std::string kind, std::string session_id, Ids kept) {
    Effects effects;
    std::int64_t after = 0;
    while (true) {
        auto rows = co_await store.records(kind, session_id, after, rows_at_once);
        for (const auto& row : rows) {
            if (kept.contains(transcript::entry_from_json(row.body).turn_id)) co_return effects;
            effects.deletes.emplace_back(row.kind, row.scope, row.key);
            after = row.order;
        }
        if (rows.size() < rows_at_once) co_return effects;
    }
}

}  // namespace

/// Under the rows' lock, after a turn has ended.
Task<void> Ingest::State::trim_worker(std::string session_id) {
    auto session = core.directory.find(session_id);
    if (!session || !session->system_owned) co_return;
    Store& store = core.ledger.reader();
    auto turns = co_await read_turns(store, session_id);
    if (turns.size() < limits::worker_turns + limits::worker_turns_over) co_return;
    auto first_kept = turns.end() - std::ptrdiff_t(limits::worker_turns);
    Effects effects;
    for (auto turn = turns.begin(); turn != first_kept; ++turn) {
        effects.deletes.emplace_back(std::string(turn_kind), session_id, turn->turn_id);
        effects.deletes.emplace_back(std::string(open_turn_kind), session_id, turn->turn_id);
    }
    Ids kept;
    for (auto turn = first_kept; turn != turns.end(); ++turn) kept.insert(turn->turn_id);
    for (auto kind : {transcript::base_kind, transcript::own_kind}) {
        auto rows = co_await rows_before(store, std::string(kind), session_id, kept);
        effects.append(std::move(rows));
    }
    co_await core.commit(std::move(effects));
}

}  // namespace lanekeeper

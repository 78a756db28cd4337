#pragma once
#include "agents/sessions.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lanekeeper {

class Metrics;

/// How much of what the runtime says may wait to be written, as while the disk is full.
struct IngestBounds {
    std::size_t live_waiting = 10'000;           // notices; over it live-only ones are dropped, and counted
    std::size_t kept_waiting = 200'000;          // over it all are, and the log says so; ends of turns over twice as many
    std::size_t bytes_waiting = 256 * 1024 * 1024;  // the same, of any; the last one may go over it
};

struct IngestStats {
    std::int64_t notices = 0;            // taken up
    std::int64_t dropped = 0;            // that found the stream's queue full
    std::int64_t explain_enqueued = 0;   // new jobs
    std::int64_t explain_deferred = 0;   // explain_deferred_total
    std::int64_t explain_swept = 0;      // deferred ones that became jobs
};

/// What a runtime says becomes rows, events and explanations; the same code for our own runtime's stream and for
/// `POST /api/sessions/:id/notifications`.
///
/// What it understands (others are passed on as events alone): `turn/started {threadId, turn{id}}`,
/// `item/started` and `item/completed {threadId, turnId, item{id, type, …}}`, `item/agentMessage/delta {threadId,
/// turnId, itemId, delta}`, `turn/completed {threadId, turn{id, status, error?}}`. Items: `userMessage {content:[{type:
/// "text", text}], clientId?}`, `agentMessage {text}`, `reasoning`, `commandExecution`, `fileChange {changes:[{path,
/// kind, diff}], status}`; any other type is kept with its members as details.
///
/// What is lost on the way: a turn of our runtime whose start was not heard begins with the first item that is; of items
/// that a turn leaves open the runtime is asked before its end is taken up, and what ended there counts as said.
///
/// A row, its events and, for an eligible file change, the explain job are one commit. Notices of one chat are taken up
/// in their order.
class Ingest {
public:
    /// Listens to the runtime from construction on: construct before `runtime.start()`.
    Ingest(asio::any_io_executor executor, Sessions& sessions, Queue& queue, Metrics* metrics = nullptr,
           IngestBounds bounds = {});
    ~Ingest();
    Ingest(const Ingest&) = delete;
    Ingest& operator=(const Ingest&) = delete;

    /// After the runtime started: ends turns that a crash cut off, takes up the stream and, from then on, sweeps deferred explanations in as their lanes get room.
    Task<void> start();
    /// The same; turns that the runtime cannot tell of by then are taken up when it can.
    Task<void> start_by(MonoTime runtime_deadline);
    /// Takes up what was said already, then ends. Bounded; harmless twice.
    Task<void> stop();

    /// From an external agent: `body` is one notification or an array of them. Returns when all of it is committed.
    /// invalid_request with issues; `foreign_turn` {turnId} for a turn that our own runtime runs. `metadata`: of the jobs
    /// that it makes, at once or later.
    Task<Result<void>> accept(std::string session_id, json::value body, json::value metadata = nullptr);

    /// Makes jobs of deferred explanations where lanes have room. → how many. One at a time; a second call returns 0.
    Task<std::size_t> sweep_deferred();

    /// Resumes when everything the runtime had said by then is committed. For readers that must see it.
    Task<void> settled();

    IngestStats stats() const;

private:
    struct State;
    static Task<void> begin(std::shared_ptr<State> state, MonoTime runtime_deadline);
    static Task<void> end(std::shared_ptr<State> state);
    static Task<void> take_up_unheard(std::shared_ptr<State> state, session::Session session, TurnView view);

    std::shared_ptr<State> state_;
};

}  // namespace lanekeeper

#pragma once
// Private to the ingest sources.
#include "agents/conversation.hpp"
#include "agents/ingest.hpp"
#include "agents/notice_plan.hpp"
#include "agents/session_core.hpp"
#include "async/nursery.hpp"
#include "async/on_strand.hpp"

#include <atomic>
#include <deque>
#include <set>

namespace lanekeeper {

class Metrics;

/// Notices of one chat, in order; `done` of them are committed.
struct NoticeRun {
    std::string session_id;
    TurnOrigin origin = TurnOrigin::runtime;
    std::vector<RuntimeNotice> notices;
    json::value metadata;  // of jobs that they make
    std::size_t done = 0;
    std::size_t bytes = 0;
    bool replayed = false;              // not said now: what was read of a turn that has ended
    OpenItems open_at_done{};           // of its chat, when all before `done` were planned: where a next try begins
    std::set<std::string> looked_up{};  // turns whose items the runtime's history was asked for
};

/// One thing on the runtime's stream: a notice of a chat, or somebody who waits for all before.
struct StreamItem {
    std::string session_id;
    RuntimeNotice notice;
    std::size_t bytes = 0;  // that it takes, about
    std::shared_ptr<Reply<bool>> reached;
};

/// A turn that was under way when an earlier process ended.
struct CutOffTurn {
    CutOffTurn() = default;
    CutOffTurn(std::string session_id_, TurnRecord turn_) : session_id(std::move(session_id_)), turn(std::move(turn_)) {}
    std::string session_id;
    TurnRecord turn;
};

/// A turn of a chat of which nothing may come any more, because its end was not heard.
struct QuietTurn {
    std::string turn_id;
    MonoTime heard{}, due{};
    Millis pause{};          // until the look after the next
    bool seen_over = false;  // by the last look, and nothing was heard since

    void hear(MonoTime now) {
        heard = now;
        seen_over = false;
    }
};

/// All members on the strand, unless they say otherwise.
struct Ingest::State {
    State(asio::any_io_executor executor, Sessions& sessions, Queue& queue_, Metrics* metrics_, IngestBounds bounds_);

    // The runtime's stream. `hear` on any thread.
    void hear(const std::weak_ptr<State>& self, const RuntimeNotice& notice);
    bool has_room(const RuntimeNotice& notice, bool is_end) const;
    void push(StreamItem item);
    Task<void> consume();
    std::shared_ptr<NoticeRun> next_run();
    Task<bool> take_up_or_wait(std::shared_ptr<NoticeRun> run);
    void settle_turns(const NoticeRun& run);

    // What an earlier process left.
    Task<void> close_cut_off_turns(MonoTime runtime_deadline);
    Task<bool> settle_cut_off(CutOffTurn cut);
    Task<void> settle_when_told(std::vector<CutOffTurn> untold);
    Task<void> take_up_unheard_messages();
    Task<void> replay_turn(session::Session session, TurnView view);

    // Turns under way of which nothing is heard.
    void expect_quiet(const std::weak_ptr<State>& self);
    void note_quiet_turns();
    Task<void> watch_quiet_turns();
    Task<void> look_at_quiet(std::string session_id, std::string turn_id);
    Task<std::optional<TurnView>> read_quiet(session::Session session, std::string turn_id);

    // Taking up.
    Task<Result<void>> take_up(std::shared_ptr<NoticeRun> run);
    Task<Result<void>> take_up_held(std::shared_ptr<NoticeRun> run);
    void mark_done(NoticeRun& run, std::size_t next);
    Task<void> trim_worker(std::string session_id);
    Task<void> learn_open_items(std::string session_id, std::string turn_id);
    Task<bool> meet_turn(std::shared_ptr<NoticeRun> run, NoticeFacts notice);
    Task<bool> find_lost_ends(std::shared_ptr<NoticeRun> run, std::size_t end);
    Task<std::optional<std::vector<json::object>>> read_items(session::Session session, std::string turn_id);
    Task<Result<void>> flush(std::string session_id, NoticePlan plan);
    Task<Result<void>> flush_with_job(session::Session session, NoticePlan plan, json::value metadata);
    Task<Result<void>> defer(session::Session session, NoticePlan plan, json::value metadata, std::string reason);
    Task<Result<void>> refuse_foreign(std::string session_id, std::vector<RuntimeNotice> notices);

    // Deferred explanations.
    Task<void> sweep_forever();
    Task<std::size_t> sweep();
    Task<std::size_t> sweep_owner(std::string owner);
    Task<std::optional<EnqueueRequest>> revive(Record mark);
    Task<void> unmark_hopeless(Record mark, std::string reason);
    Task<void> load_deferred();
    static bool is_for_now(const Problem& refusal);  // there may be room later

    EnqueueRequest explain_request(const session::Session& session, json::object payload) const;
    void sweep_soon() { sweep_alarm->wake(); }

    SessionCore& core;
    Conversation& conversation;
    Queue& queue;
    Metrics* metrics;
    const IngestBounds bounds;
    Strand strand;
    Nursery nursery;
    std::unique_ptr<Alarm> stream_alarm, sweep_alarm, patience_alarm, quiet_alarm;
    std::deque<StreamItem> stream;
    std::map<std::string, OpenItems> open;  // by session
    std::map<std::string, QuietTurn> quiet;  // by session
    std::set<std::string> deferred_owners;  // that have marks in the store
    bool started = false, stopping = false, stopped = false, sweeping = false, watching = false;

    std::atomic<std::size_t> waiting{0}, bytes_waiting{0};
    std::atomic<std::int64_t> notices{0}, dropped{0}, explain_enqueued{0}, explain_deferred{0}, explain_swept{0};
};

}  // namespace lanekeeper

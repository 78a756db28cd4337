#pragma once
#include "async/time_source.hpp"
#include "base/web_counters.hpp"
#include "events/hub.hpp"
#include "queue/ledger.hpp"
#include "web/outbox.hpp"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper::web {

/// Where a client wants to go on (api.md 7, Catching up).
struct Cursor {
    Cursor() = default;
    std::optional<std::int64_t> since;
    std::optional<std::string> epoch;  // of the store that `since` counts in
};

/// What every feed draws on; outlives them.
struct FeedSources {
    Hub& hub;
    Store& store;
    WebCounters& counters;
    std::string epoch;
};

// One client's view of the events, whatever carries it. It joins the hub first and holds back what is live, says where
// it joined, replays what the client missed from the store, at the pace at which the client reads, and then what it held back, at
// that pace too, until it is live: no event is missed between "past" and "live", none is told twice, and seqs rise. A client that cannot be caught up (too
// old, ahead of us, of another epoch, or so slow that too much was held back) gets `resync` and goes on live.
//
// `push` comes from any thread; all other members on the executor of the alarm, one coroutine at a time.
class Feed final : public EventSink, public std::enable_shared_from_this<Feed> {
public:
    Feed(const FeedSources& sources, std::shared_ptr<Outbox> outbox, std::unique_ptr<Alarm> room, bool operator_role);

    /// The first message, `ready`, and what follows from it.
    Task<void> open(EventTopics topics, Cursor cursor);
    /// Replaces what the client hears. With `since` its seqs begin again there.
    Task<void> subscribe(std::vector<std::string> threads, Cursor cursor);
    /// Broadcasts only, from here on.
    Task<void> unsubscribe();
    /// A reply in its place among the events.
    Task<void> say(json::object message);

    /// The writer took something off the outbox.
    void room_made();
    /// Hears nothing more.
    void leave();

    void push(const SharedEvent& event) override;

private:
    std::int64_t join(EventInterest interest);
    void tell_held_up_to(std::int64_t position);
    Task<bool> let_go(std::int64_t position);
    std::optional<SharedEvent> next_held();
    bool lost() const;
    Task<void> catch_up(std::int64_t position, Cursor cursor);
    Task<bool> replay(std::int64_t after, std::int64_t position);
    Task<std::int64_t> resync();
    Task<void> go_live(std::int64_t position);
    Task<void> wait_for_room(std::size_t size);
    void send(const json::object& message);

    const FeedSources& sources_;
    const std::shared_ptr<Outbox> outbox_;
    const std::unique_ptr<Alarm> room_;
    EventInterest interest_;
    std::optional<Hub::Token> token_;

    mutable std::mutex mutex_;  // of what `push` touches
    bool holding_ = false;
    bool lost_ = false;  // too much was held back
    std::size_t held_bytes_ = 0;
    std::deque<SharedEvent> held_;
};

}  // namespace lanekeeper::web

#pragma once
#include "base/limits.hpp"
#include "base/web_counters.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace lanekeeper::web {

/// One message to a client. `seq` is 0 where it has none.
struct OutMessage {
    std::shared_ptr<const std::string> text;
    std::int64_t seq = 0;
};

/// How a connection shall end.
struct CloseOrder {
    std::uint16_t code = 1000;
    std::string reason;
};

struct OutboxBounds {
    std::size_t messages = limits::outbox_messages;
    std::size_t bytes = limits::outbox_bytes;
};

/// What waits for one client, bounded in messages and bytes (api.md 7, Slow clients). Publishers push from any thread and
/// never wait; one writer pops. When it runs over, what waits is dropped and the client is to be closed with 1013 and the
/// last seq that it was given. After a close order nothing more gets in.
class Outbox {
public:
    /// `wake` tells the writer that there is something to do: called from any thread, must only hand over.
    Outbox(WebCounters& counters, std::function<void()> wake, OutboxBounds bounds = {});
    ~Outbox();
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    void push(OutMessage message);
    /// What is popped is the writer's to send: its seq counts as given.
    std::optional<OutMessage> pop();

    /// Ends it after what waits has been sent, or (`drop`) instead of it. The first order stays.
    void close(std::uint16_t code, std::string reason, bool drop = false);
    /// The order, once it is due: nothing waits any more.
    std::optional<CloseOrder> due_close() const;
    bool overflowed() const;
    bool open() const;

    /// Room for a message of that size beside what waits; always when nothing does.
    bool has_room(std::size_t size) const;
    std::size_t size() const;
    std::size_t bytes() const;
    std::int64_t last_seq() const;
    /// What `last_seq` says before the first: the position at which the client joined.
    void start_at(std::int64_t seq);

private:
    bool fits(std::size_t size) const;
    void drop_all();

    WebCounters& counters_;
    const std::function<void()> wake_;
    const OutboxBounds bounds_;
    mutable std::mutex mutex_;
    std::deque<OutMessage> waiting_;
    std::size_t bytes_ = 0;
    std::int64_t last_seq_ = 0;
    std::optional<CloseOrder> close_;
    bool overflowed_ = false;
};

}  // namespace lanekeeper::web

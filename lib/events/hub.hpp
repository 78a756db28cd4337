#pragma once
#include "job/effects.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// What a subscriber wants to hear.
struct EventInterest : EventTopics {
    EventInterest() = default;
    bool operator_role = false;  // may hear a hidden session's events, when it names that thread
};

/// True when the routing rules of api.md 7 let this subscriber hear that event. Pure.
bool wants(const EventInterest& interest, const Event& event);

/// An event as it goes out, serialised once and shared by all who get it.
struct SharedEvent {
    std::int64_t seq = 0;  // 0: live-only
    std::shared_ptr<const Event> event;
    std::shared_ptr<const std::string> envelope;
};

/// Receives events. `push` is called in commit order and must neither block nor throw; it may be called from any thread.
class EventSink {
public:
    virtual ~EventSink() = default;
    virtual void push(const SharedEvent& event) = 0;
};

/// Tells committed events to whoever subscribed. Thread-safe; publishing never waits for a subscriber.
/// The position moves with `publish`: a subscriber added at position p hears exactly the durable events after p.
class Hub {
public:
    virtual ~Hub() = default;

    using Token = std::uint64_t;
    struct Subscription {
        Token token = 0;
        std::int64_t position = 0;  // the last durable seq published before this subscription
    };

    /// The sink is held weakly: one that died hears nothing more.
    virtual Subscription subscribe(std::weak_ptr<EventSink> sink, EventInterest interest) = 0;
    /// Replaces the interest, at a position, in one step.
    virtual Subscription change(Token token, EventInterest interest) = 0;
    virtual void unsubscribe(Token token) = 0;

    /// Events in commit order. Seqs must rise; seq 0 is live-only.
    virtual void publish(const std::vector<Event>& events) = 0;
    virtual std::int64_t position() const = 0;
    virtual std::size_t subscribers() const = 0;
};

/// `start_at`: the newest seq in the store.
std::unique_ptr<Hub> make_hub(std::int64_t start_at);

}  // namespace lanekeeper

#include "events/hub.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

namespace lanekeeper {
namespace {

struct Subscriber {
    std::weak_ptr<EventSink> sink;
    EventInterest interest;
};

// A plain mutex, never held across an await: publishing comes from the store's thread and the connections' strands,
// and an order that all agree on is the whole point.
class LocalHub final : public Hub {
public:
    explicit LocalHub(std::int64_t start_at) : position_(start_at) {}

    Subscription subscribe(std::weak_ptr<EventSink> sink, EventInterest interest) override {
        std::lock_guard lock(mutex_);
        Token token = ++last_token_;
        add(token, {std::move(sink), std::move(interest)});
        return {token, position_};
    }

    Subscription change(Token token, EventInterest interest) override {
        std::lock_guard lock(mutex_);
        auto found = subscribers_.find(token);
        if (found == subscribers_.end()) return {token, position_};
        Subscriber changed{found->second.sink, std::move(interest)};
        remove(token);
        add(token, std::move(changed));
        return {token, position_};
    }

    void unsubscribe(Token token) override {
        std::lock_guard lock(mutex_);
        remove(token);
    }

    void publish(const std::vector<Event>& events) override {
        std::lock_guard lock(mutex_);
        for (const auto& event : events) tell(event);
    }

    std::int64_t position() const override {
        std::lock_guard lock(mutex_);
        return position_;
    }

    std::size_t subscribers() const override {
        std::lock_guard lock(mutex_);
        return subscribers_.size();
    }

private:
    void add(Token token, Subscriber subscriber) {
        if (!subscriber.interest.threads) everything_.insert(token);
        else
            for (const auto& thread : *subscriber.interest.threads) by_thread_[thread].insert(token);
        subscribers_.emplace(token, std::move(subscriber));
    }

    void remove(Token token) {
        auto found = subscribers_.find(token);
        if (found == subscribers_.end()) return;
        everything_.erase(token);
        if (found->second.interest.threads)
            for (const auto& thread : *found->second.interest.threads) leave(thread, token);
        subscribers_.erase(found);
    }

    void leave(const std::string& thread, Token token) {
        auto listeners = by_thread_.find(thread);
        if (listeners == by_thread_.end()) return;
        listeners->second.erase(token);
        if (listeners->second.empty()) by_thread_.erase(listeners);
    }

    void tell(const Event& event) {
        if (event.seq > position_) position_ = event.seq;
        SharedEvent shared;
        shared.seq = event.seq;
        if (event.audience == Audience::broadcast) {
            for (const auto& [token, subscriber] : subscribers_) hand_over(subscriber, event, shared);
            return;
        }
        for (Token token : everything_) hand_over(subscribers_.at(token), event, shared);
        auto listeners = event.thread_id ? by_thread_.find(*event.thread_id) : by_thread_.end();
        if (listeners == by_thread_.end()) return;
        for (Token token : listeners->second) hand_over(subscribers_.at(token), event, shared);
    }

    static void hand_over(const Subscriber& subscriber, const Event& event, SharedEvent& shared) {
        if (!wants(subscriber.interest, event)) return;
        auto sink = subscriber.sink.lock();
        if (!sink) return;
        if (!shared.envelope) {
            shared.event = std::make_shared<const Event>(event);
            shared.envelope = std::make_shared<const std::string>(event.envelope());
        }
        sink->push(shared);
    }

    mutable std::mutex mutex_;
    std::int64_t position_;
    Token last_token_ = 0;
    std::unordered_map<Token, Subscriber> subscribers_;
    std::unordered_set<Token> everything_;
    std::unordered_map<std::string, std::unordered_set<Token>> by_thread_;
};

}  // namespace

bool wants(const EventInterest& interest, const Event& event) {
    if (event.audience == Audience::broadcast) return true;
    bool named = false;
    if (interest.threads && event.thread_id)
        named = std::find(interest.threads->begin(), interest.threads->end(), *event.thread_id) != interest.threads->end();
    if (event.audience == Audience::system) return named && interest.operator_role;
    return named || !interest.threads;
}

std::unique_ptr<Hub> make_hub(std::int64_t start_at) { return std::make_unique<LocalHub>(start_at); }

}  // namespace lanekeeper

#include "events/hub.hpp"

#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace lanekeeper {
namespace {

struct Subscriber {
    std::weak_ptr<EventSink> sink;
    EventInterest interest;
    std::shared_ptr<EventSink> held;  // during a publish that reached it
    std::uint64_t told = 0;           // the last event that it was looked at for
};

// What events are filed under: a chat, a job or a workflow, told apart by their first letter.
std::string of_thread(const std::string& id) { return "t" + id; }
std::string of_job(const std::string& id) { return "j" + id; }
std::string of_workflow(const std::string& id) { return "w" + id; }

std::vector<std::string> topics_of(const EventTopics& interest) {
    std::vector<std::string> topics;
    if (interest.threads)
        for (const auto& id : *interest.threads) topics.push_back(of_thread(id));
    for (const auto& id : interest.jobs) topics.push_back(of_job(id));
    for (const auto& id : interest.workflows) topics.push_back(of_workflow(id));
    return topics;
}

std::vector<std::string> topics_of(const Event& event) {
    std::vector<std::string> topics;
    if (event.thread_id) topics.push_back(of_thread(*event.thread_id));
    if (event.job_id) topics.push_back(of_job(*event.job_id));
    if (event.workflow_id) topics.push_back(of_workflow(*event.workflow_id));
    return topics;
}

// A plain mutex, never held across an await: publishing comes from the store's thread and the connections' strands,
// and an order that all agree on is the whole point.
class LocalHub final : public Hub {
public:
    explicit LocalHub(std::int64_t start_at) : position_(start_at) {}

    Subscription subscribe(std::weak_ptr<EventSink> sink, EventInterest interest) override {
        std::lock_guard lock(mutex_);
        Token token = ++last_token_;
        add(token, {std::move(sink), std::move(interest), {}, 0});
        return {token, position_};
    }

    Subscription change(Token token, EventInterest interest) override {
        std::lock_guard lock(mutex_);
        auto found = subscribers_.find(token);
        if (found == subscribers_.end()) return {token, position_};
        Subscriber changed{found->second.sink, std::move(interest), {}, 0};
        remove(token);
        add(token, std::move(changed));
        return {token, position_};
    }

    void unsubscribe(Token token) override {
        std::lock_guard lock(mutex_);
        remove(token);
    }

    void publish(const std::vector<Event>& events) override {
        // What dies when we let go of it dies after the lock: its destructor may well unsubscribe.
        std::vector<std::shared_ptr<EventSink>> let_go;
        std::lock_guard lock(mutex_);
        for (const auto& event : events) tell(event);
        let_go.reserve(reached_.size());
        for (auto* subscriber : reached_) let_go.push_back(std::move(subscriber->held));
        reached_.clear();
        for (Token token : gone_) remove(token);
        gone_.clear();
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
        if (subscriber.interest.everything()) everything_.insert(token);
        for (const auto& topic : topics_of(subscriber.interest)) by_topic_[topic].insert(token);
        subscribers_.emplace(token, std::move(subscriber));
    }

    void remove(Token token) {
        auto found = subscribers_.find(token);
        if (found == subscribers_.end()) return;
        everything_.erase(token);
        for (const auto& topic : topics_of(found->second.interest)) leave(topic, token);
        subscribers_.erase(found);
    }

    void leave(const std::string& topic, Token token) {
        auto listeners = by_topic_.find(topic);
        if (listeners == by_topic_.end()) return;
        listeners->second.erase(token);
        if (listeners->second.empty()) by_topic_.erase(listeners);
    }

    void tell(const Event& event) {
        if (event.seq > position_) position_ = event.seq;
        SharedEvent shared;
        shared.seq = event.seq;
        ++told_;
        if (event.audience == Audience::broadcast) {
            for (auto& [token, subscriber] : subscribers_) hand_over(token, subscriber, event, shared);
            return;
        }
        for (Token token : everything_) hand_over(token, subscribers_.at(token), event, shared);
        if (by_topic_.empty()) return;
        for (const auto& topic : topics_of(event)) {
            auto listeners = by_topic_.find(topic);
            if (listeners == by_topic_.end()) continue;
            for (Token token : listeners->second) hand_over(token, subscribers_.at(token), event, shared);
        }
    }

    void hand_over(Token token, Subscriber& subscriber, const Event& event, SharedEvent& shared) {
        if (std::exchange(subscriber.told, told_) == told_) return;  // under another topic of it
        if (!wants(subscriber.interest, event)) return;
        if (!subscriber.held) {
            subscriber.held = subscriber.sink.lock();
            if (!subscriber.held) return gone_.push_back(token);
            reached_.push_back(&subscriber);
        }
        if (!shared.envelope) {
            shared.event = std::make_shared<const Event>(event);
            shared.envelope = std::make_shared<const std::string>(event.envelope());
        }
        subscriber.held->push(shared);
    }

    mutable std::mutex mutex_;
    std::int64_t position_;
    Token last_token_ = 0;
    std::uint64_t told_ = 0;
    std::unordered_map<Token, Subscriber> subscribers_;
    std::unordered_set<Token> everything_;
    std::unordered_map<std::string, std::unordered_set<Token>> by_topic_;
    std::vector<Subscriber*> reached_;  // by the publish under way
    std::vector<Token> gone_;           // found dead by it
};

}  // namespace

bool wants(const EventInterest& interest, const Event& event) { return is_for(event, interest, interest.operator_role); }

std::unique_ptr<Hub> make_hub(std::int64_t start_at) { return std::make_unique<LocalHub>(start_at); }

}  // namespace lanekeeper

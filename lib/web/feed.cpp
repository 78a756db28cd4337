#include "web/feed.hpp"

#include "base/limits.hpp"

namespace lanekeeper::web {
namespace {

json::array to_json(const std::vector<std::string>& threads) {
    json::array array;
    for (const auto& thread : threads) array.push_back(json::string(thread));
    return array;
}

}  // namespace

Feed::Feed(const FeedSources& sources, std::shared_ptr<Outbox> outbox, std::unique_ptr<Alarm> room, bool operator_role)
    : sources_(sources), outbox_(std::move(outbox)), room_(std::move(room)) {
    interest_.operator_role = operator_role;
}

void Feed::push(const SharedEvent& event) {
    std::lock_guard lock(mutex_);
    if (!holding_) {
        outbox_->push({event.envelope, event.seq});
        return;
    }
    if (lost_) return;
    held_bytes_ += event.envelope->size();
    held_.push_back(event);
    if (held_.size() <= limits::replay_buffer && held_bytes_ <= limits::outbox_bytes) return;
    lost_ = true;
    held_.clear();
    held_bytes_ = 0;
}

/// From here on everything live is held back. The hub's lock is taken before ours, so ours is not held here.
std::int64_t Feed::join(EventInterest interest) {
    {
        std::lock_guard lock(mutex_);
        holding_ = true;
        lost_ = false;
    }
    interest_ = std::move(interest);
    auto joined = token_ ? sources_.hub.change(*token_, interest_) : sources_.hub.subscribe(weak_from_this(), interest_);
    token_ = joined.token;
    return joined.position;
}

/// What came under the former interest while it was being changed.
void Feed::tell_held_up_to(std::int64_t position) {
    std::lock_guard lock(mutex_);
    for (const auto& event : held_)
        if (event.seq > 0 && event.seq <= position) outbox_->push({event.envelope, event.seq});
}

/// Nothing: from here on the client is live.
std::optional<SharedEvent> Feed::next_held() {
    std::lock_guard lock(mutex_);
    if (held_.empty()) {
        holding_ = lost_;
        return {};
    }
    auto event = std::move(held_.front());
    held_.pop_front();
    held_bytes_ -= event.envelope->size();
    return event;
}

/// Tells what was held back, at the reader's pace, then live. False when too much came meanwhile.
Task<bool> Feed::let_go(std::int64_t position) {
    for (auto event = next_held(); event; event = next_held()) {
        if (event->seq > 0 && event->seq <= position) continue;
        co_await wait_for_room(event->envelope->size());
        outbox_->push({event->envelope, event->seq});
    }
    co_return !lost();
}

bool Feed::lost() const {
    std::lock_guard lock(mutex_);
    return lost_;
}

Task<void> Feed::open(EventTopics topics, Cursor cursor) {
    json::value named;
    if (topics.threads) named = json::string(topics.threads->front());
    EventInterest interest = interest_;
    static_cast<EventTopics&>(interest) = std::move(topics);
    auto position = join(std::move(interest));
    outbox_->start_at(cursor.since.value_or(position));
    send({{"type", "ready"}, {"threadId", named}, {"seq", position}, {"epoch", sources_.epoch}});
    co_await catch_up(position, std::move(cursor));
}

Task<void> Feed::subscribe(std::vector<std::string> threads, Cursor cursor) {
    EventInterest interest = interest_;
    static_cast<EventTopics&>(interest) = EventTopics();
    interest.threads = threads;
    auto position = join(std::move(interest));
    if (!cursor.since) tell_held_up_to(position);
    send({{"type", "subscribed"}, {"threadIds", to_json(threads)}, {"seq", position}});
    co_await catch_up(position, std::move(cursor));
}

Task<void> Feed::unsubscribe() {
    EventInterest interest = interest_;
    static_cast<EventTopics&>(interest) = EventTopics();
    interest.threads = std::vector<std::string>();
    auto position = join(std::move(interest));
    tell_held_up_to(position);
    send({{"type", "unsubscribed"}, {"threadIds", json::array()}, {"seq", position}});
    co_await go_live(position);
}

Task<void> Feed::say(json::object message) {
    auto text = std::make_shared<const std::string>(json::serialize(message));
    co_await wait_for_room(text->size());
    outbox_->push({std::move(text), 0});
}

void Feed::send(const json::object& message) {
    outbox_->push({std::make_shared<const std::string>(json::serialize(message)), 0});
}

void Feed::room_made() { room_->wake(); }

void Feed::leave() {
    if (token_) sources_.hub.unsubscribe(*token_);
    token_.reset();
}

Task<void> Feed::wait_for_room(std::size_t size) {
    // Half of the outbox stays free for what is live.
    auto full = [&] { return outbox_->size() >= limits::replay_page || !outbox_->has_room(size); };
    while (outbox_->open() && full()) co_await room_->wait();
}

Task<void> Feed::catch_up(std::int64_t position, Cursor cursor) {
    bool caught_up = true;
    if (cursor.since) {
        ++sources_.counters.replays;
        bool foreign = (cursor.epoch && *cursor.epoch != sources_.epoch) || *cursor.since > position;
        if (foreign) caught_up = false;
        else caught_up = co_await replay(*cursor.since, position);
    }
    if (!caught_up) position = co_await resync();
    co_await go_live(position);
}

Task<void> Feed::go_live(std::int64_t position) {
    bool live = co_await let_go(position);
    while (!live && outbox_->open()) {
        position = co_await resync();
        live = co_await let_go(position);
    }
}

/// False when the client cannot have everything: some of it is no longer kept, or too much was held back meanwhile.
Task<bool> Feed::replay(std::int64_t after, std::int64_t position) {
    EventFilter filter;
    static_cast<EventTopics&>(filter) = interest_;
    filter.system = interest_.operator_role;
    while (after < position && outbox_->open()) {
        auto page = co_await sources_.store.events(after, position, filter, limits::replay_page);
        auto range = co_await sources_.store.event_range();
        if (range.oldest > after + 1) co_return false;  // also when it was removed while we were reading
        for (const auto& event : page.events) {
            if (!wants(interest_, event)) continue;
            auto envelope = std::make_shared<const std::string>(event.envelope());
            co_await wait_for_room(envelope->size());
            if (lost()) co_return false;
            outbox_->push({std::move(envelope), event.seq});
        }
        if (!page.more || page.scanned_to <= after) break;
        after = page.scanned_to;
    }
    co_return !lost();
}

/// Where the client goes on.
Task<std::int64_t> Feed::resync() {
    ++sources_.counters.resyncs;
    auto range = co_await sources_.store.event_range();
    co_await wait_for_room(256);
    auto position = join(interest_);
    send({{"type", "resync"}, {"oldest", range.oldest}, {"seq", position}, {"epoch", sources_.epoch}});
    co_return position;
}

}  // namespace lanekeeper::web

#include "agents/turn_feed.hpp"

#include <boost/asio/post.hpp>

#include <map>
#include <mutex>
#include <vector>

namespace lanekeeper {

// The lock covers the list and the limits alone and is never held across an await.
struct TurnFeed::State {
    struct Listener {
        std::weak_ptr<TurnInbox> inbox;
        asio::any_io_executor executor;
    };
    std::mutex mutex;
    std::multimap<std::string, Listener> listeners;  // by thread
    RateLimits limits;

    std::vector<Listener> listeners_of(const std::string& thread_id) {
        std::lock_guard lock(mutex);
        std::vector<Listener> found;
        auto [begin, end] = listeners.equal_range(thread_id);
        for (auto it = begin; it != end;) {
            if (it->second.inbox.expired()) {
                it = listeners.erase(it);
                continue;
            }
            found.push_back(it->second);
            ++it;
        }
        return found;
    }

    void hear(const RuntimeNotice& notice, MonoTime now) {
        std::lock_guard lock(mutex);
        limits.hear(notice, now);
    }

    void tell(const RuntimeNotice& notice) {
        auto signal = read_signal(notice);
        if (!signal) return;
        for (auto& listener : listeners_of(signal->thread_id)) {
            auto deliver = [inbox = listener.inbox, signal = *signal]() mutable {
                if (auto alive = inbox.lock()) alive->put(std::move(signal));
            };
            asio::post(listener.executor, std::move(deliver));
        }
    }
};

TurnFeed::TurnFeed(Runtime& runtime, TimeSource& time) : state_(std::make_shared<State>()), time_(time) {
    runtime.add_listener([state = state_, &time](const RuntimeNotice& notice) {
        state->hear(notice, time.mono());
        state->tell(notice);
    });
}

TurnFeed::~TurnFeed() = default;

std::optional<WallTime> TurnFeed::limits_open(MonoTime since) const {
    std::lock_guard lock(state_->mutex);
    return state_->limits.reset(since);
}

std::shared_ptr<TurnInbox> TurnFeed::listen(std::string thread_id, asio::any_io_executor executor) {
    auto inbox = std::make_shared<TurnInbox>(time_.alarm(executor));
    state_->listeners_of(thread_id);  // forgets the dead ones
    std::lock_guard lock(state_->mutex);
    state_->listeners.emplace(std::move(thread_id), State::Listener{inbox, std::move(executor)});
    return inbox;
}

}  // namespace lanekeeper

#include "agents/turn_feed.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

namespace lanekeeper {
namespace {

constexpr std::size_t first_sweep = 64;

}  // namespace

// The lock covers the list and the limits alone and is never held across an await.
struct TurnFeed::State {
    struct Listener {
        std::weak_ptr<TurnInbox> inbox;
        asio::any_io_executor executor;
    };
    std::mutex mutex;
    std::multimap<std::string, Listener> listeners;  // by thread
    std::size_t sweep_at = first_sweep;
    RateLimits limits;

    void add(std::string thread_id, Listener listener) {
        std::lock_guard lock(mutex);
        if (listeners.size() >= sweep_at) sweep();
        listeners.emplace(std::move(thread_id), std::move(listener));
    }

    /// Threads that nobody speaks of any more would keep theirs for ever. Next time when there are twice as many.
    void sweep() {
        std::erase_if(listeners, [](const auto& entry) { return entry.second.inbox.expired(); });
        sweep_at = std::max(first_sweep, 2 * listeners.size());
    }

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
    State::Listener listener{inbox, std::move(executor)};
    state_->add(std::move(thread_id), std::move(listener));
    return inbox;
}

std::size_t TurnFeed::listeners() const {
    std::lock_guard lock(state_->mutex);
    return state_->listeners.size();
}

}  // namespace lanekeeper

#include "queue/waiters.hpp"

#include <boost/asio/post.hpp>

namespace lanekeeper {

struct TerminalWaiters::Ticket::Bell {
    Bell(asio::any_io_executor ex, TimeSource& time) : executor(ex), alarm(time.alarm(ex)) {}
    asio::any_io_executor executor;
    std::unique_ptr<Alarm> alarm;
};

TerminalWaiters::Ticket::Ticket(TerminalWaiters& owner, std::int64_t key, asio::any_io_executor executor, TimeSource& time)
    : owner_(owner), key_(key), bell_(std::make_shared<Bell>(std::move(executor), time)) {
    std::lock_guard lock(owner_.mutex_);
    owner_.tickets_.emplace(key_, this);
}

TerminalWaiters::Ticket::~Ticket() {
    std::lock_guard lock(owner_.mutex_);
    auto [first, last] = owner_.tickets_.equal_range(key_);
    for (auto it = first; it != last; ++it)
        if (it->second == this) {
            owner_.tickets_.erase(it);
            return;
        }
}

Task<void> TerminalWaiters::Ticket::wait_until(MonoTime deadline) {
    auto bell = bell_;
    co_await bell->alarm->wait_until(deadline);
}

void TerminalWaiters::Ticket::ring() {
    asio::post(bell_->executor, [bell = bell_] { bell->alarm->wake(); });
}

void TerminalWaiters::ended(std::int64_t key) {
    std::lock_guard lock(mutex_);
    auto [first, last] = tickets_.equal_range(key);
    for (auto it = first; it != last; ++it) it->second->ring();
}

void TerminalWaiters::all() {
    std::lock_guard lock(mutex_);
    for (auto& [key, ticket] : tickets_) ticket->ring();
}

}  // namespace lanekeeper

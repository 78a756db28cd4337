#include "web/outbox.hpp"

#include <fmt/format.h>

namespace lanekeeper::web {

Outbox::Outbox(WebCounters& counters, std::function<void()> wake, OutboxBounds bounds)
    : counters_(counters), wake_(std::move(wake)), bounds_(bounds) {}

Outbox::~Outbox() { drop_all(); }

void Outbox::drop_all() {
    counters_.outbox_bytes -= std::int64_t(bytes_);
    bytes_ = 0;
    waiting_.clear();
}

bool Outbox::fits(std::size_t size) const {
    return waiting_.empty() || (waiting_.size() < bounds_.messages && bytes_ + size <= bounds_.bytes);
}

void Outbox::push(OutMessage message) {
    {
        std::lock_guard lock(mutex_);
        if (close_) return;
        if (fits(message.text->size())) {
            bytes_ += message.text->size();
            counters_.outbox_bytes += std::int64_t(message.text->size());
            waiting_.push_back(std::move(message));
        } else {
            drop_all();
            overflowed_ = true;
            close_ = CloseOrder{1013, fmt::format("seq={}", last_seq_)};
            ++counters_.slow_closes;
        }
    }
    wake_();
}

std::optional<OutMessage> Outbox::pop() {
    std::lock_guard lock(mutex_);
    if (waiting_.empty()) return {};
    auto message = std::move(waiting_.front());
    waiting_.pop_front();
    bytes_ -= message.text->size();
    counters_.outbox_bytes -= std::int64_t(message.text->size());
    if (message.seq > 0) last_seq_ = message.seq;
    return message;
}

void Outbox::close(std::uint16_t code, std::string reason, bool drop) {
    {
        std::lock_guard lock(mutex_);
        if (drop) drop_all();
        if (!close_) close_ = CloseOrder{code, std::move(reason)};
    }
    wake_();
}

std::optional<CloseOrder> Outbox::due_close() const {
    std::lock_guard lock(mutex_);
    if (!waiting_.empty()) return {};
    return close_;
}

bool Outbox::overflowed() const {
    std::lock_guard lock(mutex_);
    return overflowed_;
}

bool Outbox::open() const {
    std::lock_guard lock(mutex_);
    return !close_;
}

bool Outbox::has_room(std::size_t size) const {
    std::lock_guard lock(mutex_);
    return fits(size);
}

std::size_t Outbox::size() const {
    std::lock_guard lock(mutex_);
    return waiting_.size();
}

std::size_t Outbox::bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

std::int64_t Outbox::last_seq() const {
    std::lock_guard lock(mutex_);
    return last_seq_;
}

void Outbox::start_at(std::int64_t seq) {
    std::lock_guard lock(mutex_);
    last_seq_ = seq;
}

}  // namespace lanekeeper::web

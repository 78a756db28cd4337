#include "queue/recent_rate.hpp"

namespace lanekeeper {
namespace {

std::int64_t seconds(MonoTime now) { return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count(); }

}  // namespace

void RecentRate::add(MonoTime now) {
    std::lock_guard lock(mutex_);
    auto number = seconds(now) / slot_s;
    auto& slot = slots_[std::size_t(number) % slots_.size()];
    if (slot.number != number) slot = Slot{number, 0};
    ++slot.count;
}

double RecentRate::per_minute(MonoTime now) const {
    std::lock_guard lock(mutex_);
    auto number = seconds(now) / slot_s;
    std::int64_t count = 0;
    for (const auto& slot : slots_)
        if (slot.number > number - std::int64_t(slots_.size()) && slot.number <= number) count += slot.count;
    return double(count) * 60.0 / double(span_s);
}

}  // namespace lanekeeper

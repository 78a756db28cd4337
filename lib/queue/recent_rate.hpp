#pragma once
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <mutex>

namespace lanekeeper {

/// How often something happened in the last five minutes, to ten seconds. Any thread.
class RecentRate {
public:
    void add(MonoTime now);
    double per_minute(MonoTime now) const;

private:
    static constexpr std::int64_t span_s = 300;
    static constexpr std::int64_t slot_s = 10;
    struct Slot {
        std::int64_t number = -1;  // of slots since the clock began
        std::int64_t count = 0;
    };
    mutable std::mutex mutex_;
    std::array<Slot, span_s / slot_s> slots_{};
};

}  // namespace lanekeeper

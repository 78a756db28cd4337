#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lanekeeper {

using Millis = std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<Millis>;                 // what rows and people see
using MonoTime = std::chrono::steady_clock::time_point;         // what deadlines are made of

/// ISO-8601, UTC, with milliseconds: "2026-01-31T12:00:00.000Z".
std::string iso(WallTime time);

/// Reads what `iso` writes, and the same with seconds only or with an offset ("+02:00"). Nothing on any other text.
std::optional<WallTime> parse_iso(std::string_view text);

inline std::int64_t to_ms(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime from_ms(std::int64_t ms) { return WallTime{Millis{ms}}; }

/// Where time comes from. Injected everywhere, so that a test can own it. Safe to call from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual MonoTime mono() const = 0;
};

/// The machine's own clocks.
class SystemClock final : public Clock {
public:
    WallTime wall() const override;
    MonoTime mono() const override;
};

}  // namespace lanekeeper

#pragma once
#include "base/error.hpp"
#include "base/local_time.hpp"

#include <memory>
#include <string>

namespace lanekeeper {

/// What a local time means in a zone. `at` of a skipped one (a clock set forward leapt over it) is the first instant behind
/// the gap; of a repeated one (a clock set back showed it twice) the first of the two.
struct ZoneInstant {
    enum class Kind { unique, skipped, repeated };
    Kind kind = Kind::unique;
    WallTime at{};
};

/// The rules by which a place sets its clocks. A later local time never means an earlier instant. Any thread.
class Zone {
public:
    virtual ~Zone() = default;
    virtual ZoneInstant instant(const LocalTime& local) const = 0;
    virtual LocalTime local(WallTime time) const = 0;
};

/// A zone by its IANA name ("Europe/Berlin", "UTC") from the system's zone data (TZDIR, or /usr/share/zoneinfo; read once a
/// zone). Refused with `unknown_zone`: there is none of that name; or with `zone_data_missing`: there is no zone data at
/// all. UTC needs none.
Result<std::shared_ptr<const Zone>> find_zone(const std::string& name);

}  // namespace lanekeeper

#pragma once
#include "base/json.hpp"
#include "base/time.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace lanekeeper {

/// The slots of a schedule that have had their turn, as runs of slots without a gap: so that a clock that was set back comes by
/// none of them again, and a clock that had gone astray far ahead leaves those free that it leapt over. Only the newest
/// limits::settled_ranges runs are told apart; older ones are one, what lay between them included.
class SettledSlots {
public:
    bool has(WallTime slot) const { return end_of_run(slot).has_value(); }
    /// The last slot of the run that holds this one.
    std::optional<WallTime> end_of_run(WallTime slot) const;
    /// The last settled slot before this one.
    std::optional<WallTime> before(WallTime slot) const;
    /// `adjoins`: no slot lies between this one and the one before it.
    void add(WallTime slot, bool adjoins);

    json::array to_json() const;  // [[ms, ms], …]
    static SettledSlots from_json(const json::array* runs);

private:
    std::vector<std::pair<WallTime, WallTime>> runs_;  // first and last slot, rising
};

}  // namespace lanekeeper

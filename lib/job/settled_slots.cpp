#include "job/settled_slots.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace lanekeeper {

std::optional<WallTime> SettledSlots::end_of_run(WallTime slot) const {
    for (const auto& [first, last] : runs_)
        if (first <= slot && slot <= last) return last;
    return {};
}

std::optional<WallTime> SettledSlots::before(WallTime slot) const {
    std::optional<WallTime> found;
    for (const auto& [first, last] : runs_)
        if (last < slot) found = last;
    return found;
}

void SettledSlots::add(WallTime slot, bool adjoins) {
    if (has(slot)) return;
    auto place = std::find_if(runs_.begin(), runs_.end(), [&](const auto& run) { return run.first > slot; });
    if (adjoins && place != runs_.begin()) std::prev(place)->second = slot;
    else runs_.insert(place, {slot, slot});
    if (runs_.size() <= limits::settled_ranges) return;
    runs_[1].first = runs_[0].first;
    runs_.erase(runs_.begin());
}

json::array SettledSlots::to_json() const {
    json::array runs;
    for (const auto& [first, last] : runs_) {
        json::array run{to_ms(first), to_ms(last)};
        runs.push_back(std::move(run));
    }
    return runs;
}

SettledSlots SettledSlots::from_json(const json::array* runs) {
    SettledSlots slots;
    if (!runs) return slots;
    for (const auto& run : *runs) {
        const auto* pair = run.if_array();
        if (!pair || pair->size() != 2) continue;
        slots.runs_.emplace_back(from_ms(pair->at(0).to_number<std::int64_t>()), from_ms(pair->at(1).to_number<std::int64_t>()));
    }
    return slots;
}

}  // namespace lanekeeper

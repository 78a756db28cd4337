#include "store/published.hpp"

#include <utility>

namespace lanekeeper {

bool Published::committed(const Counters& counters, std::int64_t last_seq, std::int64_t highest_key) {
    StoreState now{counters.summary(), last_seq, highest_key, {}};
    std::lock_guard lock(mutex_);
    std::swap(state_, now);
    return !now.problem.empty();
}

bool Published::failed(const std::string& why) {
    std::lock_guard lock(mutex_);
    return std::exchange(state_.problem, why).empty();
}

StoreState Published::get() const {
    std::lock_guard lock(mutex_);
    return state_;
}

std::string Published::problem() const {
    std::lock_guard lock(mutex_);
    return state_.problem;
}

}  // namespace lanekeeper

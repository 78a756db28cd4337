#include "base/random.hpp"

#include <sys/random.h>

#include <stdexcept>

namespace lanekeeper {

std::uint64_t SystemRandom::next() {
    std::uint64_t value = 0;
    if (::getrandom(&value, sizeof value, 0) != ssize_t(sizeof value)) throw std::runtime_error("no entropy");
    return value;
}

}  // namespace lanekeeper

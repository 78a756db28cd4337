#include "simulation/trace.hpp"

#include <cstdio>

namespace lanekeeper::simulation {

void Trace::write(const std::string& text) {
    auto line = fmt::format("{:>7} {}\n", now().count(), text);
    for (unsigned char c : line) hash_ = (hash_ ^ c) * 1099511628211u;
    if (!spoken_) return;
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);  // in order with the log
}

}  // namespace lanekeeper::simulation

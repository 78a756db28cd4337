#pragma once
#include "base/time.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace lanekeeper::simulation {

/// What happened, in order: one line an event. Two runs of a seed have the same hash, or the simulation is not
/// deterministic. With `spoken` each line also goes to standard output, for people who replay a seed.
class Trace {
public:
    Trace(const Clock& clock, bool spoken) : clock_(clock), start_(clock.mono()), spoken_(spoken) {}

    template <class... Args>
    void line(fmt::format_string<Args...> text, Args&&... args) {
        write(fmt::format(text, std::forward<Args>(args)...));
    }
    std::uint64_t hash() const { return hash_; }
    Millis now() const { return std::chrono::duration_cast<Millis>(clock_.mono() - start_); }

private:
    void write(const std::string& text);

    const Clock& clock_;
    MonoTime start_;
    bool spoken_;
    std::uint64_t hash_ = 14695981039346656037u;
};

}  // namespace lanekeeper::simulation

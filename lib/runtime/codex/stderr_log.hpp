#pragma once
#include "base/time.hpp"
#include "runtime/codex/line_reader.hpp"

#include <string_view>

namespace lanekeeper::codex {

/// What the child says on stderr, as lines of our log: so many in a span of time, the rest counted.
class StderrLog {
public:
    static constexpr int lines_at_once = 20;
    static constexpr Millis span{10'000};

    void take(std::string_view bytes, MonoTime now);
    /// Lines left out in this span; the first line of the next one says so.
    int dropped() const { return dropped_; }

private:
    bool admit(MonoTime now);

    static constexpr std::size_t line_max = 64 * limits::kib;
    LineReader lines_{line_max};
    MonoTime since_ = MonoTime::min();
    int said_ = 0;
    int dropped_ = 0;
};

/// Without terminal colours.
std::string plain_text(std::string_view line);

}  // namespace lanekeeper::codex

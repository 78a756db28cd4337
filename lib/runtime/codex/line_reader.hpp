#pragma once
#include "base/limits.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper::codex {

/// One line of the app server, without its newline.
struct Line {
    std::string text;        // all of it; of a line over the limit only the beginning
    std::size_t length = 0;  // bytes that it had
    bool cut() const { return text.size() < length; }
};

/// Cuts a stream of bytes into lines (runtime.md 2, Framing). The same bytes give the same lines, however they are
/// split. A line over `limit` bytes is skipped to its newline and reported with its first `head_kept` bytes, so what is
/// held is bounded. Empty lines are left out; a carriage return before a newline is no part of the line.
class LineReader {
public:
    static constexpr std::size_t head_kept = 256;

    explicit LineReader(std::size_t limit = limits::runtime_line) : limit_(limit) {}

    /// The lines that end within these bytes.
    std::vector<Line> feed(std::string_view bytes);

    /// Bytes held of a line that has not ended.
    std::size_t held() const { return text_.size(); }

private:
    void take(std::string_view piece);
    void end_line(std::vector<Line>& lines);

    std::size_t limit_;
    std::string text_;
    std::size_t length_ = 0;  // of the line so far
};

}  // namespace lanekeeper::codex

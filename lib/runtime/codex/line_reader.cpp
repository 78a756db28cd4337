#include "runtime/codex/line_reader.hpp"

#include <algorithm>
#include <utility>

namespace lanekeeper::codex {
namespace {

// A line over this gets all its room at once: growing step by step leaves pieces behind that the heap keeps.
constexpr std::size_t long_line = limits::mib;

}  // namespace

std::vector<Line> LineReader::feed(std::string_view bytes) {
    std::vector<Line> lines;
    for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
        take(bytes.substr(0, end));
        end_line(lines);
        bytes.remove_prefix(end + 1);
    }
    take(bytes);
    return lines;
}

void LineReader::take(std::string_view piece) {
    bool over = length_ + piece.size() > limit_;
    auto room = over ? std::min(head_kept, limit_) : limit_;
    length_ += piece.size();
    if (!over && length_ > long_line) text_.reserve(limit_);
    if (text_.size() < room) text_ += piece.substr(0, room - text_.size());
    if (!over || text_.size() <= room) return;
    text_.resize(room);
    text_.shrink_to_fit();
}

void LineReader::end_line(std::vector<Line>& lines) {
    Line line;
    line.text = std::exchange(text_, {});
    line.length = std::exchange(length_, 0);
    if (!line.cut() && !line.text.empty() && line.text.back() == '\r') {
        line.text.pop_back();
        --line.length;
    }
    if (line.length > 0) lines.push_back(std::move(line));
}

}  // namespace lanekeeper::codex

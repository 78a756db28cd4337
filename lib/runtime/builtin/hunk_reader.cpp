#include "runtime/builtin/hunk_reader.hpp"

#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace lanekeeper::builtin {

namespace {

constexpr std::size_t unknown = static_cast<std::size_t>(-1);

struct HunkHeader {
    std::size_t old_lines = unknown;
    std::size_t new_lines = unknown;
    std::string_view context;
};

/// "-12,7" or "-12": the number of lines; without one it is a single line.
std::optional<std::size_t> range_length(std::string_view text, char sign) {
    if (!text.starts_with(sign)) return std::nullopt;
    text.remove_prefix(1);
    if (text.empty() || !is_digit(text[0])) return std::nullopt;
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return 1;
    std::size_t length = 0;
    const auto read = std::from_chars(text.data() + comma + 1, text.data() + text.size(), length);
    if (read.ec != std::errc{}) return std::nullopt;
    return length;
}

HunkHeader parse_header(std::string_view line) {
    HunkHeader header;
    line.remove_prefix(2);
    const std::size_t end = line.find("@@");
    const std::string_view ranges = trim(line.substr(0, end));
    if (end != std::string_view::npos) header.context = trim(line.substr(end + 2));
    const std::size_t blank = ranges.find(' ');
    if (blank != std::string_view::npos) {
        const auto before = range_length(ranges.substr(0, blank), '-');
        const auto after = range_length(trim(ranges.substr(blank)), '+');
        if (before && after) return {*before, *after, header.context};
    }
    if (header.context.empty() && end == std::string_view::npos) header.context = ranges;
    return header;
}

class HunkReader {
public:
    HunkReader(std::string_view diff, DiffListener& listener)
        : lines_(diff), listener_(listener), marked_(has_marks(diff)) {}

    DiffNotes read() {
        std::string_view line;
        while (lines_.next(line)) {
            if (inside_ && take_hunk_line(line)) continue;
            take_other(line);
        }
        if (inside_ && promised()) notes_.cut_short = true;
        if (notes_.hunks == 0 && !counted_ && !has_header_) notes_.malformed = true;
        return notes_;
    }

private:
    static bool has_marks(std::string_view diff) {
        return diff.starts_with("@@") || contains(diff, "\n@@") || contains(diff, "diff --git ");
    }

    bool promised() const { return old_left_ != unknown && (old_left_ > 0 || new_left_ > 0); }
    bool complete() const { return old_left_ == 0 && new_left_ == 0; }

    /// In a hunk of known length "--- x" is a removed line; elsewhere it may begin the next file.
    bool begins_file_header(std::string_view line) const {
        return !promised() && line.starts_with("--- ") && lines_.peek().starts_with("+++ ");
    }

    bool take_hunk_line(std::string_view line) {
        if (line.starts_with("\\")) return true;
        const char sign = line.empty() ? ' ' : line[0];
        const bool body = sign == '+' || sign == '-' || sign == ' ';
        if (!body || begins_file_header(line) || (complete() && sign == ' ') || line == "-- ") {
            if (promised()) notes_.malformed = true;
            inside_ = false;
            return false;
        }
        if (!spend(sign)) notes_.malformed = true;
        counted_ = true;
        listener_.on_line(sign, line.empty() ? line : line.substr(1));
        return true;
    }

    /// False when the hunk goes on beyond what its header promised.
    bool spend(char sign) {
        if (old_left_ == unknown) return true;
        const bool old_side = sign != '+';
        const bool new_side = sign != '-';
        if ((old_side && old_left_ == 0) || (new_side && new_left_ == 0)) return false;
        old_left_ -= old_side ? 1 : 0;
        new_left_ -= new_side ? 1 : 0;
        return true;
    }

    void begin_hunk(std::string_view line) {
        const HunkHeader header = parse_header(line);
        old_left_ = header.old_lines;
        new_left_ = header.new_lines;
        inside_ = true;
        if (old_left_ == unknown) notes_.malformed = true;
        ++notes_.hunks;
        listener_.on_hunk(header.context);
    }

    void take_other(std::string_view line) {
        if (line.starts_with("@@")) return begin_hunk(line);
        if (take_file_header(line)) {
            has_header_ = true;
            return;
        }
        // Bare lines with signs and no hunk header anywhere: the simplest of diffs.
        if (!marked_ && !line.empty() && (line[0] == '+' || line[0] == '-')) {
            counted_ = true;
            notes_.malformed = true;
            listener_.on_line(line[0], line.substr(1));
        }
    }

    bool take_file_header(std::string_view line) {
        if (line.starts_with("--- ") || line.starts_with("+++ ")) {
            if (line.substr(4) == "/dev/null") (line[0] == '-' ? notes_.added : notes_.deleted) = true;
            return true;
        }
        if (line.starts_with("rename from ")) notes_.renamed_from = line.substr(12);
        else if (line.starts_with("rename to ")) notes_.renamed_to = line.substr(10);
        else if (line.starts_with("new file mode ")) notes_.added = true;
        else if (line.starts_with("deleted file mode ")) notes_.deleted = true;
        else if (line.starts_with("old mode ")) notes_.mode_changed = true;
        else if (line.starts_with("Binary files ") || line.starts_with("GIT binary patch")) notes_.binary = true;
        else return line.starts_with("diff --git ") || line.starts_with("index ") || line.starts_with("similarity ");
        return true;
    }

    LineReader lines_;
    DiffListener& listener_;
    DiffNotes notes_;
    std::size_t old_left_ = unknown;
    std::size_t new_left_ = unknown;
    bool marked_ = false;
    bool inside_ = false;
    bool counted_ = false;
    bool has_header_ = false;
};

}  // namespace

DiffNotes read_hunks(std::string_view diff, DiffListener& listener) { return HunkReader(diff, listener).read(); }

}  // namespace lanekeeper::builtin

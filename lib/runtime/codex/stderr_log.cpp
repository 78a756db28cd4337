#include "runtime/codex/stderr_log.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

namespace lanekeeper::codex {
namespace {

constexpr std::size_t chars_logged = 400;

}  // namespace

std::string plain_text(std::string_view line) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] != '\x1b') {
            text += line[i];
            continue;
        }
        while (i < line.size() && line[i] != 'm') ++i;
    }
    return text;
}

void StderrLog::take(std::string_view bytes, MonoTime now) {
    for (const auto& line : lines_.feed(bytes)) {
        if (!admit(now)) continue;
        auto text = plain_text(line.text);
        log_info("codex stderr", {{"line", first_chars(text, chars_logged)}});
    }
}

bool StderrLog::admit(MonoTime now) {
    if (since_ == MonoTime::min() || now >= since_ + span) {
        if (dropped_ > 0) log_info("codex stderr: lines left out", {{"lines", dropped_}});
        since_ = now;
        said_ = 0;
        dropped_ = 0;
    }
    if (said_ < lines_at_once) {
        ++said_;
        return true;
    }
    ++dropped_;
    return false;
}

}  // namespace lanekeeper::codex

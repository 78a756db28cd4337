#include "base/log.hpp"

#include "base/json.hpp"
#include "base/time.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

namespace lanekeeper {
namespace {

std::atomic<LogLevel> threshold{LogLevel::warn};
std::atomic<LogFormat> chosen_format{LogFormat::text};

const char* name(LogLevel level) {
    constexpr const char* names[] = {"trace", "debug", "info", "warn", "error"};
    return names[int(level)];
}

std::string quoted(std::string_view text) { return json::serialize(json::string_view(text)); }

// In text, only what would blur the line is quoted.
std::string plain(std::string_view text) {
    bool simple = !text.empty() && text.find_first_of(" \"=\\\n\r\t") == std::string_view::npos;
    return simple ? std::string(text) : quoted(text);
}

struct Writer {
    LogFormat format;
    std::string operator()(std::string_view v) const { return format == LogFormat::json ? quoted(v) : plain(v); }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{:.6g}", v); }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
};

}  // namespace

std::string format_log_line(LogFormat format, std::string_view time, LogLevel level, std::string_view event,
                            std::span<const LogField> fields) {
    Writer write{format};
    std::string line = format == LogFormat::json
                           ? fmt::format(R"({{"time":"{}","level":"{}","event":{})", time, name(level), quoted(event))
                           : fmt::format("{} {:5} {}", time, name(level), event);
    for (const auto& field : fields) {
        auto value = std::visit(write, field.value);
        line += format == LogFormat::json ? fmt::format(",{}:{}", quoted(field.key), value)
                                          : fmt::format(" {}={}", field.key, value);
    }
    line += format == LogFormat::json ? "}\n" : "\n";
    return line;
}

void configure_log(LogLevel level, LogFormat format) {
    threshold = level;
    chosen_format = format;
}

bool log_enabled(LogLevel level) { return level >= threshold.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view event, std::span<const LogField> fields) {
    if (!log_enabled(level)) return;
    auto line = format_log_line(chosen_format, iso(SystemClock{}.wall()), level, event, fields);
    // One write a line keeps lines whole; a log that cannot be written is not worth dying for.
    [[maybe_unused]] auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace lanekeeper

#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace lanekeeper {

enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { text, json };

/// One `key=value` of a log line. Views only: lives as long as the call.
struct LogField {
    using Value = std::variant<std::string_view, std::int64_t, double, bool>;
    LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
    LogField(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
    LogField(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
    LogField(std::string_view k, bool v) : key(k), value(v) {}
    LogField(std::string_view k, double v) : key(k), value(v) {}
    template <class T>
        requires std::is_integral_v<T>
    LogField(std::string_view k, T v) : key(k), value(std::int64_t(v)) {}
    std::string_view key;
    Value value;
};

// One structured line an event, to standard error, from any thread. Never prompts, diffs or tokens above debug level.
void log(LogLevel level, std::string_view event, std::span<const LogField> fields);
inline void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(level, event, std::span(fields.begin(), fields.size()));
}

inline void log_debug(std::string_view event, std::initializer_list<LogField> fields = {}) { log(LogLevel::debug, event, fields); }
inline void log_info(std::string_view event, std::initializer_list<LogField> fields = {}) { log(LogLevel::info, event, fields); }
inline void log_warn(std::string_view event, std::initializer_list<LogField> fields = {}) { log(LogLevel::warn, event, fields); }
inline void log_error(std::string_view event, std::initializer_list<LogField> fields = {}) { log(LogLevel::error, event, fields); }

/// Process-wide; set once at start, before other threads exist. Defaults: warn, text (what tests want).
void configure_log(LogLevel level, LogFormat format);
bool log_enabled(LogLevel level);

/// The line as it is written, newline included. Pure, for tests.
std::string format_log_line(LogFormat format, std::string_view time, LogLevel level, std::string_view event,
                            std::span<const LogField> fields);
inline std::string format_log_line(LogFormat format, std::string_view time, LogLevel level, std::string_view event,
                                   std::initializer_list<LogField> fields) {
    return format_log_line(format, time, level, event, std::span(fields.begin(), fields.size()));
}

}  // namespace lanekeeper

#include "web/access_log.hpp"

#include "base/log.hpp"

namespace lanekeeper::web {

void log_access(const HttpHead& head, const Admission& admission, int status, std::chrono::nanoseconds took) {
    if (!log_enabled(LogLevel::debug)) return;
    auto ms = std::chrono::duration<double, std::milli>(took).count();
    std::string_view route = admission.route ? admission.route->pattern : std::string_view("-");
    log_debug("http", {{"method", head.method}, {"route", route}, {"status", status}, {"ms", ms},
                       {"requestId", admission.request.request_id}, {"traceparent", admission.request.traceparent}});
}

}  // namespace lanekeeper::web

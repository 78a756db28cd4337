#pragma once
#include "web/admission.hpp"

namespace lanekeeper::web {

/// One line a request, for those who debug.
void log_access(const HttpHead& head, const Admission& admission, int status, std::chrono::nanoseconds took);

}  // namespace lanekeeper::web

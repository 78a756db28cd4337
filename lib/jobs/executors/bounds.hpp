#pragma once
#include "base/limits.hpp"

/// Bounds of declared executors, beside those that are declared with each (jobs-family.md, Submit).
namespace lanekeeper::limits {

inline constexpr std::size_t executor_stderr = 4 * kib;  // the end of a command's stderr that is kept
inline constexpr std::size_t executor_said = 1600;       // of it, or of an answer that is an error, that a job's error has
inline constexpr Millis executor_grace = 1s;             // between a command's SIGTERM and its SIGKILL
inline constexpr Millis executor_cancel = 5s;            // a run that ignores a cancel even so: abandoned
inline constexpr int executor_redirects = 3;             // more: the job fails
inline constexpr Millis executor_busy_min = 1s;          // a shorter Retry-After counts as this

static_assert(executor_said + 200 <= job_error_chars && executor_said < executor_stderr && executor_grace < executor_cancel);

}  // namespace lanekeeper::limits

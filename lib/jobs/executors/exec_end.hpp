#pragma once
#include "async/process/run_child.hpp"
#include "queue/definition.hpp"

#include <system_error>

namespace lanekeeper {

/// The exit code by which a command says that trying again is no use.
inline constexpr int exit_fatal = 100;

/// What the end of a command means: exit 0 completes with what it said. Throws JobFailure otherwise: `exec_failed: exit 3:
/// <the end of its stderr>`, or `exec_failed: signal 11: …`, both retryable; fatal with exit 100; `output_too_large`,
/// fatal, when it said more than it may.
CompletedRun exec_end(const ChildEnd& end, std::size_t most_output);

/// `exec_not_started: …`: fatal where it would not start next time either, retryable where the machine lacked room for it.
JobFailure exec_not_started(const std::string& program, const std::error_code& why);

}  // namespace lanekeeper

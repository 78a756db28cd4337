#pragma once
#include "async/process/child.hpp"
#include "async/task.hpp"
#include "async/time_source.hpp"

#include <cstddef>
#include <string>

namespace lanekeeper {

/// What a child may take.
struct ChildLimits {
    ChildLimits() = default;
    ChildLimits(std::size_t output_, std::size_t errors_, Millis grace_) : output(output_), errors(errors_), grace(grace_) {}
    std::size_t output = 0;  // bytes; more of them: killed
    std::size_t errors = 0;  // bytes of its stderr that are kept, the last ones
    Millis grace{0};         // between SIGTERM and SIGKILL
};

/// How it ended, and what it said by then.
struct ChildEnd {
    int status = 0;  // as of `waitpid`
    bool too_large = false;  // it was killed for its output, of which `output` is the beginning
    std::string output;
    std::string errors;
};

/// Sees a child through: writes its input and closes it, reads what it says, and returns when it has ended. By then it is
/// reaped, what was left of its process group is killed, and its pipes are closed; what it wrote before its end is read.
///
/// Total cancellation sends SIGTERM to the group, and SIGKILL after the grace, or at once when terminal cancellation
/// follows; then operation_aborted is thrown. Once the child has ended, cancellation is not heard any more, nor is it by
/// what the caller awaits next. Its coroutine's executor must be a strand, or the only thread there is.
Task<ChildEnd> run_child(Child child, std::string input, ChildLimits limits, TimeSource& time);

}  // namespace lanekeeper

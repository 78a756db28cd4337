#include "jobs/executors/exec_end.hpp"

#include "jobs/executors/work_result.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include <sys/wait.h>

namespace lanekeeper {
namespace {

constexpr std::array lack_of_room = {std::errc::resource_unavailable_try_again, std::errc::not_enough_memory,
                                     std::errc::too_many_files_open, std::errc::too_many_files_open_in_system,
                                     std::errc::text_file_busy, std::errc::interrupted, std::errc::io_error};

}  // namespace

CompletedRun exec_end(const ChildEnd& end, std::size_t most_output) {
    if (end.too_large)
        throw JobFailure(ErrorClass::fatal, fmt::format("output_too_large: more than {} bytes on stdout", most_output));
    if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == 0) return work_result(end.output);
    bool fatal = WIFEXITED(end.status) && WEXITSTATUS(end.status) == exit_fatal;
    auto said = last_said(end.errors);
    throw JobFailure(fatal ? ErrorClass::fatal : ErrorClass::retryable,
                     fmt::format("exec_failed: {}{}{}", describe_status(end.status), said.empty() ? "" : ": ", said));
}

JobFailure exec_not_started(const std::string& program, const std::error_code& why) {
    bool room = std::any_of(lack_of_room.begin(), lack_of_room.end(), [&](std::errc lack) { return why == lack; });
    return JobFailure(room ? ErrorClass::retryable : ErrorClass::fatal,
                      fmt::format("exec_not_started: {}: {}", program, why.message()));
}

}  // namespace lanekeeper

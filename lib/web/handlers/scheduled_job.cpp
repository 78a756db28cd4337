#include "web/handlers/scheduled_job.hpp"

#include "web/handlers/submission.hpp"
#include "web/input.hpp"

namespace lanekeeper::web {

Result<Submission> read_scheduled_job(const json::object& job) {
    for (const char* given : {"jobId", "scheduledFor", "expiresAt", "dedupeKey"})
        if (job.contains(given)) return invalid_input("unexpected", {given}, "is given by the schedule to each job it makes");
    return read_submission(job, WallTime{});
}

}  // namespace lanekeeper::web

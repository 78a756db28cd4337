#include "daemon/scheduled_jobs.hpp"

#include "agents/sessions.hpp"
#include "web/handlers/scheduled_job.hpp"

namespace lanekeeper {

Schedules::ReadJob scheduled_jobs(const Sessions& sessions) {
    return [&sessions](const json::object& job) -> Result<Submission> {
        auto submission = web::read_scheduled_job(job);
        if (!submission) return submission;
        auto session = owner_session(submission->owner);
        if (!session) return submission;
        auto allowed = sessions.require_user_session(*session);
        if (!allowed) return allowed.error();
        return submission;
    };
}

}  // namespace lanekeeper

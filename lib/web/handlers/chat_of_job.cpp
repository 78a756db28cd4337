#include "web/handlers/chat_of_job.hpp"

#include "agents/sessions.hpp"
#include "job/job.hpp"

namespace lanekeeper::web {

Result<void> require_chat_of(const Services& services, const std::optional<Job>& job) {
    if (!job) return {};
    auto session = job->source_session_id ? job->source_session_id : owner_session(job->owner);
    if (!session) return {};
    return services.sessions.require_user_session(*session);
}

}  // namespace lanekeeper::web

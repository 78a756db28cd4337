#include "jobs/agent_instruction.hpp"

#include "base/members.hpp"
#include "jobs/instruction.hpp"
#include "jobs/instruction_rows.hpp"
#include "jobs/instruction_run.hpp"
#include "jobs/turn_job.hpp"

namespace lanekeeper {
namespace {

constexpr Millis after_the_wait{5'000};  // for the fallback to be written

bool is_waited_for(const json::object& payload) { return payload.contains("completionSignal"); }

std::optional<int> priority_of(const json::object& payload) {
    return is_waited_for(payload) ? interactive_priority : background_priority;
}

std::optional<OnShutdown> on_shutdown_of(const json::object& payload) {
    return is_waited_for(payload) ? OnShutdown::cancel : OnShutdown::requeue;
}

Problem misplaced(json::array path, std::string message) {
    Problem problem("invalid_request", "the request does not validate");
    problem.issues.emplace_back("invalid_value", std::move(path), std::move(message));
    return problem;
}

/// Its chat is a user's, and belongs to the lane that it is to run in.
Result<void> admit(const Sessions& sessions, EnqueueRequest& request) {
    auto chat = members::text(request.payload, "sourceSessionId");
    auto allowed = sessions.require_user_session(chat);
    if (!allowed) {
        auto problem = allowed.error();
        problem.message = "payload.sourceSessionId: " + problem.message;
        return problem;
    }
    auto owner = sessions.owner_of(chat).value_or("");
    if (members::text(request.payload, "projectId") != owner)
        return misplaced({"payload", "projectId"}, "must be what the chat belongs to: " + owner);
    if (request.owner != owner) return misplaced({"projectId"}, "must be payload.projectId");
    if (request.source_session_id.value_or(chat) != chat)
        return misplaced({"sourceSessionId"}, "must be payload.sourceSessionId");
    request.source_session_id = chat;
    return {};
}

}  // namespace

Definition agent_instruction_definition(const JobDeps& deps) {
    auto definition = turn_job_definition("agent_instruction", deps, run_instruction, settle_instruction);
    definition.priority = background_priority;
    definition.payload_schema = instruction_payload_schema();
    definition.result_schema = instruction_result_schema();
    definition.dedupe.mode = DedupeMode::single_flight;
    definition.dedupe.key = instruction_dedupe_key;
    definition.retry.backoff = Backoff::linear(Millis{0}, Millis{60});
    definition.timeout = timeout_of_at_least(deps.settings.suggest.request_wait + after_the_wait, deps.settings);
    definition.on_shutdown = OnShutdown::requeue;
    definition.api_trigger = true;
    definition.priority_of = priority_of;
    definition.on_shutdown_of = on_shutdown_of;
    definition.admit = [&sessions = deps.sessions](EnqueueRequest& request) { return admit(sessions, request); };
    definition.goes_on = [deps](Job job) { return instruction_goes_on(deps, std::move(job)); };
    definition.on_queued = instruction_queued;
    definition.on_started = instruction_started;
    definition.on_completed = instruction_completed;
    definition.on_failed = instruction_failed;
    definition.on_canceled = instruction_canceled;
    return definition;
}

}  // namespace lanekeeper

#include "jobs/agent_instruction.hpp"

#include "base/members.hpp"
#include "jobs/instruction.hpp"
#include "jobs/instruction_rows.hpp"
#include "jobs/instruction_run.hpp"

#include <algorithm>

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

Millis timeout(const Settings& settings) {
    auto usual = settings.queue.default_timeout;
    if (usual == Millis{0}) return usual;  // none at all
    return std::max(usual, settings.suggest.request_wait + after_the_wait);
}

}  // namespace

Definition agent_instruction_definition(const JobDeps& deps) {
    Definition definition;
    definition.type = "agent_instruction";
    definition.priority = background_priority;
    definition.payload_schema = instruction_payload_schema();
    definition.result_schema = instruction_result_schema();
    definition.dedupe.mode = DedupeMode::single_flight;
    definition.dedupe.key = instruction_dedupe_key;
    definition.retry.backoff = Backoff::linear(Millis{0}, Millis{60});
    definition.timeout = timeout(deps.settings);
    definition.cancel = {CancelStrategy::interrupt_turn, Millis{1500}};
    definition.on_shutdown = OnShutdown::requeue;
    definition.api_trigger = true;
    definition.uses_turns = true;
    definition.priority_of = priority_of;
    definition.on_shutdown_of = on_shutdown_of;
    definition.admit = [&sessions = deps.sessions](EnqueueRequest& request) { return admit(sessions, request); };
    definition.run = [deps](std::shared_ptr<RunContext> context, json::object payload) {
        return run_instruction(deps, std::move(context), std::move(payload));
    };
    definition.settle = [deps](Job job) { return settle_instruction(deps, std::move(job)); };
    definition.goes_on = [deps](Job job) { return instruction_goes_on(deps, std::move(job)); };
    definition.on_queued = instruction_queued;
    definition.on_started = instruction_started;
    definition.on_completed = instruction_completed;
    definition.on_failed = instruction_failed;
    definition.on_canceled = instruction_canceled;
    return definition;
}

}  // namespace lanekeeper

#pragma once
#include "agents/agent_policy.hpp"
#include "agents/intents.hpp"
#include "agents/questions.hpp"
#include "agents/sessions.hpp"
#include "queue/registry.hpp"
#include "queue/run_context.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lanekeeper {

/// What a job's agent asked for, checked, and how far it is carried out. Durable before the first intent is carried out,
/// so that after a crash it goes on from there and the agent is not asked again: kind "intent.plan", scope = the job's id.
struct IntentPlan {
    IntentPlan() = default;
    std::string source;  // the runtime whose answer it is
    int run = 0;         // of the job, that asked for it
    WallTime since{};
    std::string refused;  // the answer cannot be carried out, for this reason; then nothing else counts
    std::vector<Intent> intents;
    /// One an intent, null until it is known: {kind, status, …}. Rows have theirs when the job's end writes them.
    std::vector<json::value> outcomes;
    int asked = 0;  // so many of those that the runtime takes were begun, counted from the first
    int resumes = 0;  // so often it went on after a crash though the job's attempts were spent

    bool only_rows() const;
};

inline constexpr std::string_view plan_kind = "intent.plan";

json::object to_json(const IntentPlan& plan);
IntentPlan plan_from_json(const json::object& object);
RecordPut put_plan(const std::string& job_id, const IntentPlan& plan);
/// With the job's end, whichever it is.
void forget_plan(Effects& effects, const std::string& job_id);

/// What carries intents out. Everything outlives its use; calls run on their caller's executor.
struct IntentDesk {
    IntentDesk(Sessions& sessions_, Queue& queue_, const Registry& registry_, Questions& questions_, const AgentPolicies& agents_)
        : sessions(sessions_), queue(queue_), registry(registry_), questions(questions_), agents(agents_) {}
    Sessions& sessions;
    Queue& queue;
    const Registry& registry;
    Questions& questions;
    const AgentPolicies& agents;
};

/// The job that an intent of that kind asks for.
EnqueueRequest job_request(const Intent& intent, const IntentScope& scope);

/// Why a job about this turn may not write the row: it is the runtime's, or another turn's. Nothing: it may.
Task<std::optional<std::string>> foreign_row(Sessions& sessions, std::string session_id, std::string turn_id, std::string message_id);

/// Reads an answer and holds it against what is there: rows of the runtime or of another turn, approvals that wait
/// elsewhere, job types and payloads. An instruction goes to no agent that may do more than the one that asks, gives it no
/// lasting text, and has targets only from one that may write rows. Refused as `read_intents` does. Changes nothing.
Task<Result<std::vector<Intent>>> check_intents(IntentDesk desk, std::string answer, IntentScope scope);

/// The job's plan, when it has one.
Task<std::optional<IntentPlan>> load_plan(Sessions& sessions, std::string job_id);

/// Carries out what is not yet: jobs first, each once whatever crashes; then approvals and steers, each at most once, its
/// outcome noted. Rows are left to the commit of the job's end. → the outcomes, or a time to go on (the queue is full).
/// A job that is refused for good takes back those that were enqueued before it, and throws JobFailure (fatal)
/// `intents_refused`; so does one whose cancel was asked for meanwhile.
using CarriedOut = std::variant<json::array, SnoozedRun>;
Task<CarriedOut> carry_out(IntentDesk desk, std::shared_ptr<RunContext> context, IntentPlan plan, IntentScope scope);

/// What the result of the job says of the intents, and the rows that its end writes are read from: the plan's outcomes,
/// with {kind, status:"applied", entry} for rows.
json::array outcomes_of(const IntentPlan& plan);

}  // namespace lanekeeper

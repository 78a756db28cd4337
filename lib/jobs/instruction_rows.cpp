#include "jobs/instruction_rows.hpp"

#include "agents/intent_plan.hpp"
#include "agents/suggestion_state.hpp"
#include "base/members.hpp"
#include "jobs/instruction.hpp"
#include "transcript/merge.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {
namespace {

using transcript::Entry;
using transcript::Status;
using transcript::is_placeholder;

json::object details_of(const Job& job, const Instruction& instruction) {
    json::object details{{"jobId", job.id()}, {"jobKind", instruction.job_kind}};
    if (instruction.anchor) details["anchorItemId"] = *instruction.anchor;
    return details;
}

Entry row_of(const Job& job, const Instruction& instruction, std::string message_id, std::string type, Status status) {
    Entry row;
    row.message_id = std::move(message_id);
    row.turn_id = instruction.turn_id;
    row.type = std::move(type);
    row.started_at = to_ms(job.created_at);
    row.status = status;
    return row;
}

void put_target(Effects& effects, const HookInput& input, const Instruction& instruction, const SupplementalTarget& target,
                Status status, std::string text) {
    auto row = row_of(input.job, instruction, target.message_id, target.type, status);
    auto details = details_of(input.job, instruction);
    details["placeholder"] = text;
    row.details = json::serialize(details);
    row.content = std::move(text);
    bool ended = transcript::is_terminal(status);
    if (ended) row.completed_at = to_ms(input.at);
    auto put = transcript::put_own(instruction.session_id, row);
    put.merge = ended ? &merge_target_end : &merge_placeholder;
    effects.puts.push_back(std::move(put));
    effects.events.push_back(
        transcript::updated_event(instruction.session_id, row, Audience::thread, effects.puts.size() - 1));
}

std::string first_line(const std::optional<std::string>& error) {
    auto text = error.value_or("unknown reason");
    return text.substr(0, text.find('\n'));
}

std::string end_text(const SupplementalTarget& target, const Job& job, Status status) {
    if (status == Status::complete) return target.complete_text.value_or("Done.");
    if (status == Status::canceled) return target.canceled_text.value_or("Canceled: " + first_line(job.error));
    return target.error_text.value_or("Not done: " + first_line(job.error));
}

void end_targets(Effects& effects, const HookInput& input, const Instruction& instruction, Status status) {
    for (const auto& target : instruction.targets)
        put_target(effects, input, instruction, target, status, end_text(target, input.job, status));
}

// ---- the suggested request

void put_state(Effects& effects, const HookInput& input, const Instruction& instruction, const char* status) {
    if (!instruction.request_key) return;
    SuggestionState state;
    state.session_id = instruction.session_id;
    state.request_key = *instruction.request_key;
    state.job_id = input.job.id();
    state.status = status;
    if (is_terminal(input.job.state)) state.error = input.job.error;
    put_suggestion(effects, state, input.at);
}

/// What came over the API is there already.
void put_completion(Effects& effects, const HookInput& input, const Instruction& instruction) {
    const auto* completion = members::object(*input.job.result, "completion");
    if (!completion || members::text(*completion, "by") == "signal") return;
    auto state = suggestion_from_json(*completion);
    state.session_id = instruction.session_id;
    state.job_id = input.job.id();
    bool fallback = members::text(*completion, "by") == "fallback";
    put_suggestion(effects, state, input.at, fallback ? &merge_fallback : &merge_suggestion);
}

// ---- the transitions

void put_intended_rows(Effects& effects, const HookInput& input, const Instruction& instruction) {
    const auto* outcomes = members::array(*input.job.result, "intents");
    for (std::size_t i = 0; outcomes && i < outcomes->size(); ++i) {
        const auto* entry = members::object((*outcomes)[i].as_object(), "entry");
        if (!entry) continue;
        auto row = transcript::read_upsert(*entry, to_ms(input.at));
        if (row) transcript::upsert_own(effects, instruction.session_id, *row);
    }
}

void put_output(Effects& effects, const HookInput& input, const Instruction& instruction) {
    const auto& result = *input.job.result;
    if (instruction.expects != ExpectedResponse::assistant_text || !result.contains("text")) return;
    auto row = row_of(input.job, instruction, instruction_output_id(input.job), "agent.jobOutput", Status::complete);
    auto details = details_of(input.job, instruction);
    details["agent"] = instruction.agent;
    details["source"] = result.at("source");
    row.details = json::serialize(details);
    row.content = members::text(result, "text");
    row.completed_at = to_ms(input.at);
    transcript::upsert_own(effects, instruction.session_id, row);
}

Effects waiting(const HookInput& input, bool started) {
    auto instruction = read_instruction(input.job.payload);
    Effects effects;
    for (const auto& target : instruction.targets)
        put_target(effects, input, instruction, target, Status::streaming, started ? target.started_text : target.queued_text);
    put_state(effects, input, instruction, "streaming");
    return effects;
}

// A payload that does not validate any more ends its job too: its rows cannot be named, then.
Effects ended(const HookInput& input, Status status, const char* word) {
    static const Schema schema = instruction_payload_schema();
    Effects effects;
    forget_plan(effects, input.job.id());
    if (!schema.check(input.job.payload).empty()) return effects;
    auto instruction = read_instruction(input.job.payload);
    end_targets(effects, input, instruction, status);
    put_state(effects, input, instruction, word);
    return effects;
}

}  // namespace

std::string instruction_output_id(const Job& job) { return "agent-job-output::" + job.id(); }

json::object merge_placeholder(const json::object& existing, json::object incoming) {
    auto row = transcript::entry_from_json(existing);
    if (transcript::is_terminal(row.status) || !is_placeholder(row)) return existing;
    return transcript::merge_row(existing, std::move(incoming));
}

json::object merge_target_end(const json::object& existing, json::object incoming) {
    auto row = transcript::entry_from_json(existing);
    auto end = transcript::entry_from_json(incoming);
    bool open = !transcript::is_terminal(row.status);
    bool better = is_placeholder(row) && end.status == Status::complete && row.status != Status::complete;
    if (!open && !better) return existing;
    if (!is_placeholder(row)) {  // the agent's own words stay
        end.content.clear();
        end.details.reset();
    }
    return transcript::to_json(transcript::merge_entries(row, end));
}

Effects instruction_queued(const HookInput& input) { return waiting(input, false); }
Effects instruction_started(const HookInput& input) { return waiting(input, true); }
Effects instruction_failed(const HookInput& input) { return ended(input, Status::error, "error"); }
Effects instruction_canceled(const HookInput& input) { return ended(input, Status::canceled, "canceled"); }

Effects instruction_completed(const HookInput& input) {
    auto instruction = read_instruction(input.job.payload);
    Effects effects;
    forget_plan(effects, input.job.id());
    put_intended_rows(effects, input, instruction);
    put_output(effects, input, instruction);
    end_targets(effects, input, instruction, Status::complete);
    put_completion(effects, input, instruction);
    return effects;
}

}  // namespace lanekeeper

// lib/jobs/word_count.cpp
#include "base/members.hpp"
#include "queue/definition.hpp"
#include "transcript/rows.hpp"

#include <fmt/format.h>

#include <iterator>
#include <sstream>

namespace lanekeeper {
namespace {

// What may come in and go out: checked at the door, after each run and at recovery, and published in proto/jobs.
Schema payload_schema() {
    return Schema::object({
        required("sessionId", Schema::string(1, 256).described("the chat that is told")),
        required("text", Schema::string(0, 100'000)),
    });
}

Schema result_schema() { return Schema::object({required("words", Schema::integer(1, 100'000))}); }

// One count a chat at a time: who asks again meanwhile gets the job that is there.
std::optional<std::string> dedupe_key(const json::object& payload) {
    return members::text(payload, "sessionId") + ":word_count";
}

// An attempt. A result ends the job; a JobFailure says whether to try again; any other exception is tried again.
Task<RunOutcome> run(std::shared_ptr<RunContext> context, json::object payload) {
    json::value progress = "counting";
    co_await context->report_progress(std::move(progress));
    std::istringstream text(members::text(payload, "text"));
    auto words = std::distance(std::istream_iterator<std::string>(text), {});
    if (words == 0) throw JobFailure(ErrorClass::fatal, "no_words: the text has none");
    RunOutcome outcome = CompletedRun(json::object{{"words", words}});
    co_return outcome;
}

// Committed together with the end of the job, or not at all: a row of the chat's transcript, and the event that shows it.
Effects on_completed(const HookInput& input) {
    transcript::Entry row;
    row.message_id = "word-count-" + input.job.id();
    row.turn_id = row.message_id;
    row.type = "wordCount";
    row.content = fmt::format("{} words.", members::integer(*input.job.result, "words"));
    row.started_at = to_ms(input.at);
    row.completed_at = row.started_at;
    Effects effects;
    transcript::upsert_own(effects, members::text(input.job.payload, "sessionId"), row);
    return effects;
}

}  // namespace

Definition word_count_definition() {
    Definition definition;
    definition.type = "word_count";
    definition.priority = background_priority;
    definition.payload_schema = payload_schema();
    definition.result_schema = result_schema();
    definition.dedupe.mode = DedupeMode::single_flight;
    definition.dedupe.key = dedupe_key;
    definition.retry.backoff = Backoff::exponential(Millis{500}, Millis{5000});
    definition.timeout = Millis{10'000};
    definition.on_shutdown = OnShutdown::requeue;
    definition.api_trigger = true;  // POST /api/orchestrator/jobs may ask for it
    definition.run = run;
    definition.on_completed = on_completed;
    return definition;
}

}  // namespace lanekeeper

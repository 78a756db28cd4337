#include "simulation/job_types.hpp"

#include "simulation/rules.hpp"
#include "simulation/runners.hpp"

#include <fmt/format.h>

#include <array>

namespace lanekeeper::simulation {
namespace {

std::optional<std::string> key_of(const json::object& payload) {
    const auto* key = payload.if_contains("key");
    if (!key) return {};
    return std::string(key->as_string());
}

// The outcome of a job's sink, committed with its end.
Effects write_outcome(const HookInput& input) {
    Effects effects;
    json::object body{{"job", input.job.key}, {"run", input.job.run}};
    effects.puts.emplace_back("outcome", "", fmt::format("{}", input.job.payload.at("n").as_int64()), std::move(body));
    return effects;
}

Effects row(const HookInput& input, std::string_view status) {
    Effects effects;
    json::object body{{"job", input.job.key}, {"status", status}};
    effects.puts.emplace_back("row", input.job.owner, "explain-" + input.job.id(), std::move(body));
    return effects;
}

Effects write_outcome_and_row(const HookInput& input) {
    auto effects = write_outcome(input);
    effects.append(row(input, "complete"));
    return effects;
}

Definition worker(std::string type, std::shared_ptr<Stage> stage) {
    Definition definition;
    definition.type = std::move(type);
    definition.result_schema = Schema::object({required("sink", Schema::integer(0, 1'000'000))});
    definition.retry.backoff = Backoff::exponential(Millis{100}, Millis{2000});
    definition.cancel.graceful_wait = longest_grace;
    definition.run = [stage](std::shared_ptr<RunContext> context, json::object payload) {
        return do_work(std::move(context), std::move(payload), stage);
    };
    definition.on_completed = write_outcome;
    return definition;
}

Definition turner(std::string type, std::shared_ptr<Stage> stage) {
    auto definition = worker(std::move(type), stage);
    definition.uses_turns = true;
    definition.run = [stage](std::shared_ptr<RunContext> context, json::object payload) {
        return do_turn(std::move(context), std::move(payload), stage);
    };
    return definition;
}

Definition reply(std::shared_ptr<Stage> stage) {
    auto definition = turner("reply", std::move(stage));
    definition.priority = interactive_priority;
    definition.dedupe.mode = DedupeMode::single_flight;
    definition.dedupe.key = key_of;
    definition.dedupe.match = [](const json::object& payload) { return std::string(payload.at("key").as_string()); };
    definition.timeout = longest_timeout;
    definition.retry.backoff = Backoff::linear(Millis{0}, Millis{60});
    definition.on_shutdown = OnShutdown::cancel;
    return definition;
}

Definition explain(std::shared_ptr<Stage> stage) {
    auto definition = turner("explain", std::move(stage));
    definition.dedupe.mode = DedupeMode::drop_duplicate;
    definition.dedupe.key = key_of;
    definition.on_queued = [](const HookInput& input) { return row(input, "streaming"); };
    definition.on_started = [](const HookInput& input) { return row(input, "streaming"); };
    definition.on_completed = write_outcome_and_row;
    definition.on_failed = [](const HookInput& input) { return row(input, "error"); };
    definition.on_canceled = [](const HookInput& input) { return row(input, "canceled"); };
    return definition;
}

Definition merge(std::shared_ptr<Stage> stage) {
    auto definition = worker("merge", std::move(stage));
    definition.dedupe.mode = DedupeMode::merge_duplicate;
    definition.dedupe.key = key_of;
    // The job that carries both keeps its own number, which names its sink.
    definition.dedupe.merge = [](const json::object& existing, const json::object& incoming) {
        auto merged = incoming;
        merged["parts"] = existing.at("parts").as_int64() + incoming.at("parts").as_int64();
        merged["n"] = existing.at("n");
        return merged;
    };
    return definition;
}

Definition plain(std::shared_ptr<Stage> stage) {
    auto definition = worker("plain", std::move(stage));
    definition.priority_of = [](const json::object& payload) -> std::optional<int> {
        if (payload.contains("interactive")) return interactive_priority;
        return {};
    };
    definition.on_shutdown_of = [](const json::object& payload) -> std::optional<OnShutdown> {
        if (payload.contains("interactive")) return OnShutdown::cancel;
        return {};
    };
    return definition;
}

Definition marked(std::shared_ptr<Stage> stage) {
    auto definition = plain(std::move(stage));
    definition.type = "marked";
    definition.cancel.strategy = CancelStrategy::mark_canceled;
    definition.retry.backoff = Backoff::fixed(Millis{150});
    return definition;
}

Definition outside() {
    Definition definition;
    definition.type = remote_executor;
    definition.remote = true;
    definition.retry.backoff = Backoff::exponential(Millis{100}, Millis{2000});
    definition.timeout = Millis{0};
    definition.on_completed = write_outcome;
    return definition;
}

Definition submitted(Definition definition) {
    definition.api_trigger = true;
    return definition;
}

}  // namespace

void add_job_types(Registry& registry, std::shared_ptr<Stage> stage, bool with_retired) {
    registry.add(reply(stage));
    registry.add(explain(stage));
    registry.add(merge(stage));
    registry.add(submitted(plain(stage)));
    registry.add(submitted(marked(stage)));
    auto parked = worker("park", stage);
    parked.recover = OnRecovery::park;
    registry.add(submitted(std::move(parked)));
    if (with_retired) registry.add(submitted(worker("retired", stage)));
    registry.add_executor(worker(std::string(default_executor), stage));
    registry.add_executor(outside());
    for (const char* type : {"far", "farther"}) registry.assign(type, std::string(remote_executor));
}

namespace {

json::object random_payload(Random& random, int number) {
    constexpr std::array manners = {"polite", "polite", "polite", "eager", "deaf", "stone"};
    constexpr std::array ends = {"throws", "throws", "unheard", "fatal", "nonsense", "snooze", "snooze"};
    json::object payload;
    payload["n"] = number;
    payload["key"] = fmt::format("k{}", random.below(4));
    payload["parts"] = 1;
    payload["ms"] = some_ms(random, 1, one_in(random, 8) ? 4000 : 150).count();
    payload["steps"] = std::int64_t(random.below(4));
    payload["tidyMs"] = some_ms(random, 0, one_in(random, 5) ? 700 : 50).count();
    payload["manners"] = manners[random.below(manners.size())];
    payload["end"] = ends[random.below(ends.size())];
    payload["failingRuns"] = one_in(random, 3) ? std::int64_t(1 + random.below(3)) : 0;
    if (one_in(random, 2)) payload["interactive"] = true;
    if (one_in(random, 3)) payload["leaves"] = true;
    return payload;
}

}  // namespace

Order random_order(Random& random, int number) {
    constexpr std::array types = {"reply", "reply", "explain", "merge", "plain", "plain", "plain", "marked", "park", "retired"};
    auto type = types[random.below(types.size())];
    return Order{type, random_payload(random, number)};
}

Order random_submission(Random& random, int number) {
    constexpr std::array types = {"plain", "plain", "plain", "marked", "park", "retired", "words", "words", "far", "far", "farther"};
    auto type = types[random.below(types.size())];
    return Order{type, random_payload(random, number)};
}

json::object steady_payload(Random& random, int number, bool fails) {
    json::object payload;
    payload["n"] = number;
    payload["ms"] = some_ms(random, 1, 100).count();
    payload["steps"] = std::int64_t(random.below(3));
    payload["tidyMs"] = some_ms(random, 0, 50).count();
    payload["manners"] = one_in(random, 3) ? "eager" : "polite";
    payload["end"] = fails ? "fatal" : "throws";
    payload["failingRuns"] = fails ? 1000 : std::int64_t(random.below(3));
    return payload;
}

}  // namespace lanekeeper::simulation

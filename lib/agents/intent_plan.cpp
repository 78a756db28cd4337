#include "agents/intent_plan.hpp"

#include "agents/session_core.hpp"
#include "base/members.hpp"

namespace lanekeeper {
namespace {

constexpr std::chrono::hours plan_kept{24 * 7};

json::object to_json(const Intent& intent) { return intent.body; }

Intent intent_from_json(const json::object& body) {
    auto word = members::text(body, "kind");
    for (auto kind : intent_kinds())
        if (to_word(kind) == word) return Intent(kind, body);
    return Intent(Intent::Kind::upsert_row, body);
}

}  // namespace

bool IntentPlan::only_rows() const {
    for (const auto& intent : intents)
        if (intent.kind != Intent::Kind::upsert_row) return false;
    return refused.empty();
}

json::object to_json(const IntentPlan& plan) {
    json::array intents, outcomes;
    for (const auto& intent : plan.intents) intents.push_back(to_json(intent));
    for (const auto& outcome : plan.outcomes) outcomes.push_back(outcome);
    json::object object;
    object["source"] = plan.source;
    object["run"] = plan.run;
    object["since"] = to_ms(plan.since);
    object["refused"] = plan.refused;
    object["intents"] = std::move(intents);
    object["outcomes"] = std::move(outcomes);
    object["asked"] = plan.asked;
    object["resumes"] = plan.resumes;
    return object;
}

IntentPlan plan_from_json(const json::object& object) {
    IntentPlan plan;
    plan.source = members::text(object, "source");
    plan.run = int(members::integer(object, "run"));
    plan.since = from_ms(members::integer(object, "since"));
    plan.refused = members::text(object, "refused");
    plan.asked = int(members::integer(object, "asked"));
    plan.resumes = int(members::integer(object, "resumes"));
    if (const auto* intents = members::array(object, "intents"))
        for (const auto& intent : *intents)
            if (intent.is_object()) plan.intents.push_back(intent_from_json(intent.get_object()));
    plan.outcomes.resize(plan.intents.size());
    const auto* outcomes = members::array(object, "outcomes");
    for (std::size_t i = 0; outcomes && i < outcomes->size() && i < plan.outcomes.size(); ++i) plan.outcomes[i] = (*outcomes)[i];
    return plan;
}

RecordPut put_plan(const std::string& job_id, const IntentPlan& plan) {
    RecordPut put(std::string(plan_kind), job_id, "", to_json(plan));
    put.expires_at = plan.since + plan_kept;
    return put;
}

void forget_plan(Effects& effects, const std::string& job_id) {
    effects.deletes.emplace_back(std::string(plan_kind), job_id, "");
}

Task<std::optional<IntentPlan>> load_plan(Sessions& sessions, std::string job_id) {
    Store& store = sessions.core().ledger.reader();
    auto record = co_await store.record(std::string(plan_kind), job_id, "");
    std::optional<IntentPlan> plan;
    if (record) plan = plan_from_json(record->body);
    co_return plan;
}

json::array outcomes_of(const IntentPlan& plan) {
    json::array outcomes;
    for (std::size_t i = 0; i < plan.intents.size(); ++i) {
        const auto& intent = plan.intents[i];
        if (intent.kind != Intent::Kind::upsert_row) {
            outcomes.push_back(plan.outcomes[i]);
            continue;
        }
        json::object row{{"kind", to_word(intent.kind)}, {"status", "applied"}};
        row["entry"] = intent.body.at("entry");
        outcomes.push_back(std::move(row));
    }
    return outcomes;
}

}  // namespace lanekeeper

#include "agents/preflight.hpp"

#include "base/members.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanekeeper {
namespace {

const char* const orientation = "orientation";
const char* const bootstrap_prefix = "bootstrap:";
constexpr std::size_t remembered = 200;  // names; the oldest bootstrap is told again when it comes back

bool is_bootstrap(const std::string& name) { return name.starts_with(bootstrap_prefix); }

std::string sentence(const PreflightNote& note, transcript::Status status, const std::string& why) {
    std::string what = is_bootstrap(note.step.name) ? "instruction " + note.step.name.substr(std::string(bootstrap_prefix).size())
                                                    : "orientation";
    if (status == transcript::Status::streaming) return fmt::format("The agent {} is given its {}.", note.agent, what);
    if (status == transcript::Status::complete) return fmt::format("The agent {} was given its {}.", note.agent, what);
    return fmt::format("The agent {} could not be given its {}: {}", note.agent, what, why);
}

json::object details(const PreflightNote& note, const std::string& turn_id) {
    json::object details;
    bool bootstrap = is_bootstrap(note.step.name);
    details["kind"] = bootstrap ? "bootstrap" : orientation;
    details["agent"] = note.agent;
    if (bootstrap) details["key"] = note.step.name.substr(std::string(bootstrap_prefix).size());
    details["turnId"] = turn_id.empty() ? json::value() : json::value(turn_id);
    return details;
}

}  // namespace

Preflight::Preflight(const json::value& stored) {
    const auto* object = stored.if_object();
    if (!object) return;
    begun_ = members::text(*object, "begun");
    const auto* names = members::array(*object, "told");
    if (!names) return;
    for (const auto& name : *names)
        if (name.is_string()) told_.emplace_back(name.get_string());
}

json::object Preflight::to_json() const {
    json::array names;
    for (const auto& name : told_) names.emplace_back(name);
    json::object object;
    object["told"] = std::move(names);
    object["begun"] = begun_.empty() ? json::value() : json::value(begun_);
    return object;
}

std::optional<PreflightStep> Preflight::next(const AgentPolicy& policy,
                                             const std::optional<BootstrapInstruction>& bootstrap) const {
    std::optional<PreflightStep> step;
    bool oriented = policy.orientation == AgentPolicy::Orientation::never || told(orientation);
    if (!oriented) step = PreflightStep{orientation, policy.instructions};
    else if (bootstrap && !told(bootstrap_prefix + bootstrap->key))
        step = PreflightStep{bootstrap_prefix + bootstrap->key, bootstrap->text};
    return step;
}

bool Preflight::told(const std::string& name) const { return std::find(told_.begin(), told_.end(), name) != told_.end(); }

Preflight Preflight::with_begun(const std::string& name) const {
    Preflight next = *this;
    next.begun_ = name;
    return next;
}

Preflight Preflight::with_told(const std::string& name) const {
    Preflight next = *this;
    next.begun_.clear();
    if (!told(name)) next.told_.push_back(name);
    if (next.told_.size() > remembered) next.told_.erase(std::find_if(next.told_.begin(), next.told_.end(), is_bootstrap));
    return next;
}

std::string preflight_message_id(const std::string& session_id, const PreflightStep& step) {
    return fmt::format("preflight:{}:{}", session_id, step.name);
}

transcript::Entry preflight_row(const PreflightNote& note, transcript::Status status, const std::string& turn_id, WallTime now,
                                const std::string& why) {
    transcript::Entry row;
    row.message_id = "agent-worker-lifecycle::" + note.step.name;
    row.turn_id = turn_id;
    row.type = "agent.worker.lifecycle";
    row.content = sentence(note, status, why);
    row.details = json::serialize(details(note, turn_id));
    row.started_at = to_ms(note.began);
    if (transcript::is_terminal(status)) row.completed_at = to_ms(now);
    row.status = status;
    return row;
}

}  // namespace lanekeeper

#pragma once
#include "base/json.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace lanekeeper {

/// What a hidden session of this agent is told and allowed (runtime.md 3), from `<agent>.json`.
struct AgentPolicy {
    AgentPolicy() = default;
    std::string name;                  // the file's name: [a-z0-9_-]{1,64}
    std::string instructions;          // the orientation: who it is and how it works
    std::optional<std::string> model;  // nothing: the runtime's own
    enum class Orientation {
        once,   // one turn with the instructions, before the session's first job
        never,  // the instructions stand before each job's text instead
    };
    Orientation orientation = Orientation::once;
    // Of its turns; a job may name another model or effort, never more rights.
    std::string sandbox = "read-only";
    std::string network_access = "restricted";
    std::string approval_policy = "never";  // nobody is there to be asked
    std::optional<std::string> effort;
    /// Kinds of intents that its answers may carry: transcript.upsert, approval.decide, turn.steer.create, queue.enqueue.
    std::set<std::string> capabilities;
};

/// The agents of this daemon: those compiled in from `config/agents`, with files of LANEKEEPER_AGENTS_DIR beside or over
/// them. Does not change while the daemon runs; may be read from any thread.
class AgentPolicies {
public:
    explicit AgentPolicies(std::map<std::string, AgentPolicy> agents) : agents_(std::move(agents)) {}

    /// Nothing: no such agent.
    const AgentPolicy* find(const std::string& name) const {
        auto found = agents_.find(name);
        return found == agents_.end() ? nullptr : &found->second;
    }
    const std::map<std::string, AgentPolicy>& all() const { return agents_; }

private:
    std::map<std::string, AgentPolicy> agents_;
};

/// Throws std::invalid_argument that names the member and the rule. Unknown members are errors: a person wrote them.
AgentPolicy parse_agent_policy(std::string_view name, std::string_view text);

/// Throws std::runtime_error that names the file, the member and the rule.
AgentPolicies load_agent_policies(const std::optional<std::string>& dir);

}  // namespace lanekeeper

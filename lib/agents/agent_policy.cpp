#include "agents/agent_policy.hpp"

#include "agents/compiled_agents.hpp"
#include "base/issue_path.hpp"
#include "base/json_read.hpp"
#include "base/members.hpp"
#include "base/schema.hpp"
#include "base/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace lanekeeper {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 64;
constexpr std::size_t longest_instructions = 50'000;

Schema policy_schema() {
    auto turns = Schema::object({
        optional_field("sandbox", Schema::word({"read-only", "workspace-write", "danger-full-access"})),
        optional_field("networkAccess", Schema::word({"restricted", "enabled"})),
        optional_field("approvalPolicy", Schema::word({"untrusted", "on-failure", "on-request", "never"})),
        optional_field("effort", Schema::line(1, 40)),
    });
    auto capability = Schema::word({"transcript.upsert", "approval.decide", "turn.steer.create", "queue.enqueue"});
    return Schema::object({
        optional_field("model", Schema::line(1, 200)),
        required("instructions", Schema::string(1, longest_instructions)),
        optional_field("orientationPolicy", Schema::word({"once", "never"})),
        optional_field("instructionPolicy", std::move(turns)),
        optional_field("capabilities", Schema::array(std::move(capability), 0, 4)),
    });
}

bool is_agent_name(std::string_view name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    return !name.empty() && name.size() <= longest_name && name.find_first_not_of(letters) == name.npos;
}

void require_fit(const json::value& value) {
    static const Schema schema = policy_schema();
    auto issues = schema.check(value);
    if (issues.empty()) return;
    auto where = path_text(issues.front().path);
    throw std::invalid_argument((where.empty() ? "the file" : where) + " " + issues.front().message);
}

void set(std::string& value, const json::object& from, const char* name) {
    if (auto text = members::text_or_nothing(from, name)) value = std::move(*text);
}

void read_turn_policy(AgentPolicy& policy, const json::object& from) {
    set(policy.sandbox, from, "sandbox");
    set(policy.network_access, from, "networkAccess");
    set(policy.approval_policy, from, "approvalPolicy");
    policy.effort = members::text_or_nothing(from, "effort");
}

/// In the order of their names, so that of several mistakes always the same is told.
std::vector<fs::path> agent_files(const std::string& dir) {
    std::error_code failure;
    std::vector<fs::path> files;
    fs::directory_iterator entries(dir, failure);
    if (failure) throw std::runtime_error(fmt::format("LANEKEEPER_AGENTS_DIR: {}: {}", dir, failure.message()));
    for (const auto& entry : entries)
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

AgentPolicy parse_agent_policy(std::string_view name, std::string_view text) {
    if (!is_agent_name(name))
        throw std::invalid_argument("the name must be 1 to 64 lower-case letters, digits, _ and -, before .json");
    auto value = read_json(text);
    if (!value) throw std::invalid_argument(value.error().message);
    require_fit(*value);
    const auto& object = value->get_object();
    AgentPolicy policy;
    policy.name = name;
    policy.instructions = members::text(object, "instructions");
    policy.model = members::text_or_nothing(object, "model");
    if (members::text(object, "orientationPolicy") == "never") policy.orientation = AgentPolicy::Orientation::never;
    if (const auto* turns = members::object(object, "instructionPolicy")) read_turn_policy(policy, *turns);
    if (const auto* capabilities = members::array(object, "capabilities"))
        for (const auto& word : *capabilities) policy.capabilities.emplace(word.get_string());
    return policy;
}

AgentPolicies load_agent_policies(const std::optional<std::string>& dir) {
    std::map<std::string, AgentPolicy> agents;
    for (const auto& agent : compiled_agents())
        agents[std::string(agent.name)] = parse_agent_policy(agent.name, agent.text);
    if (!dir || dir->empty()) return AgentPolicies(std::move(agents));
    for (const auto& path : agent_files(*dir)) {
        auto name = path.stem().string();
        try {
            agents[name] = parse_agent_policy(name, read_text_file(path.string()));
        } catch (const std::exception& error) {
            throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
        }
    }
    return AgentPolicies(std::move(agents));
}

}  // namespace lanekeeper

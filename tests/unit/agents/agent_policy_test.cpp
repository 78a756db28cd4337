#include "agents/agent_policy.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <stdexcept>
#include <utility>

using namespace lanekeeper;
using lanekeeper::testing::TempDir;

namespace {

/// What is said of such a file; empty: nothing.
std::string complaint(const std::string& text, const std::string& name = "helper") {
    try {
        parse_agent_policy(name, text);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

std::string complaint_of_dir(const std::string& dir) {
    try {
        load_agent_policies(dir);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("an agent file says who the agent is and what it may do") {
    auto policy = parse_agent_policy("release-notes", R"({
        "model": "m-large", "instructions": "Write release notes.", "orientationPolicy": "never",
        "instructionPolicy": {"sandbox": "workspace-write", "networkAccess": "enabled", "approvalPolicy": "on-request",
                              "effort": "high"},
        "capabilities": ["transcript.upsert", "queue.enqueue"]})");
    CHECK(policy.name == "release-notes");
    CHECK(policy.instructions == "Write release notes.");
    CHECK(policy.model == "m-large");
    CHECK(policy.orientation == AgentPolicy::Orientation::never);
    CHECK(policy.sandbox == "workspace-write");
    CHECK(policy.network_access == "enabled");
    CHECK(policy.approval_policy == "on-request");
    CHECK(policy.effort == "high");
    CHECK(policy.capabilities == std::set<std::string>{"queue.enqueue", "transcript.upsert"});
}

TEST_CASE("what an agent file leaves out is the careful choice") {
    auto policy = parse_agent_policy("a", R"({"instructions": "x"})");
    CHECK_FALSE(policy.model);
    CHECK_FALSE(policy.effort);
    CHECK(policy.orientation == AgentPolicy::Orientation::once);
    CHECK(policy.sandbox == "read-only");
    CHECK(policy.network_access == "restricted");
    CHECK(policy.approval_policy == "never");
    CHECK(policy.capabilities.empty());
}

TEST_CASE("a mistake in an agent file is told by its member and its rule") {
    const std::pair<const char*, const char*> table[] = {
        {R"({})", "instructions is required"},
        {R"([])", "the file must be an object"},
        {R"({"instructions": ""})", "instructions must have at least 1 characters"},
        {R"({"instructions": 1})", "instructions must be a string"},
        {R"({"instructions": "x", "modle": "y"})", "modle is not a known member"},
        {R"({"instructions": "x", "model": null})", "model must be a string"},
        {R"({"instructions": "x", "orientationPolicy": "always"})", "orientationPolicy must be one of: once, never"},
        {R"({"instructions": "x", "instructionPolicy": {"sandbox": "none"}})",
         "instructionPolicy.sandbox must be one of: read-only, workspace-write, danger-full-access"},
        {R"({"instructions": "x", "instructionPolicy": {"network": "enabled"}})",
         "instructionPolicy.network is not a known member"},
        {R"({"instructions": "x", "capabilities": ["queue.enqueue", "shell"]})",
         "capabilities[1] must be one of: transcript.upsert, approval.decide, turn.steer.create, queue.enqueue"},
    };
    for (const auto& [text, said] : table) {
        INFO(text);
        CHECK(complaint(text) == said);
    }
    CHECK(complaint("{\"instructions\": ").find("not valid JSON at byte") == 0);
    CHECK(complaint(R"({"instructions": "x", "instructions": "y"})").find("not valid JSON") == 0);
}

TEST_CASE("an agent has a name that fits into a file name and a key") {
    for (const char* name : {"", "Upper", "a b", "a/b", "a.b", "ä"}) {
        INFO(name);
        CHECK(complaint(R"({"instructions": "x"})", name).find("the name must be") == 0);
    }
    CHECK(complaint(R"({"instructions": "x"})", std::string(65, 'a')) != "");
    CHECK(complaint(R"({"instructions": "x"})", std::string(64, 'a')) == "");
}

TEST_CASE("supervisor and explainer are compiled in, and may do nothing but answer") {
    auto agents = load_agent_policies({});
    CHECK(agents.all().size() >= 2);
    CHECK_FALSE(agents.find("nobody"));
    for (const char* name : {"supervisor", "explainer"}) {
        INFO(name);
        const auto* policy = agents.find(name);
        REQUIRE(policy);
        CHECK(policy->name == name);
        CHECK(policy->orientation == AgentPolicy::Orientation::once);
        CHECK(policy->sandbox == "read-only");
        CHECK(policy->network_access == "restricted");
        CHECK(policy->approval_policy == "never");
        CHECK(policy->capabilities.empty());
        CHECK(policy->instructions.size() > 200);
    }
}

TEST_CASE("files of a folder add agents and replace those compiled in") {
    TempDir dir;
    dir.write("explainer.json", R"({"instructions": "In verse.", "model": "poet"})");
    dir.write("namer.json", R"({"instructions": "Name things."})");
    dir.write("notes.txt", "not an agent");
    auto agents = load_agent_policies(dir.path().string());
    CHECK(agents.find("explainer")->model == "poet");
    CHECK(agents.find("namer")->instructions == "Name things.");
    CHECK(agents.find("supervisor"));
    CHECK_FALSE(agents.find("notes"));
}

TEST_CASE("a mistake in a folder of agents is told by its file") {
    TempDir dir;
    auto file = dir.file("helper.json");
    dir.write("helper.json", R"({"instructions": "x", "effort": "high"})");
    CHECK(complaint_of_dir(dir.path().string()) == file + ": effort is not a known member");
    dir.write("helper.json", R"({"instructions": "x"})");
    CHECK(complaint_of_dir(dir.path().string()) == "");
    dir.write("Bad Name.json", R"({"instructions": "x"})");
    CHECK(complaint_of_dir(dir.path().string()).find(dir.file("Bad Name.json") + ": the name must be") == 0);
    CHECK(complaint_of_dir(dir.file("none")).find("LANEKEEPER_AGENTS_DIR: " + dir.file("none") + ": ") == 0);
}

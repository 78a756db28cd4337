#include "agents/preflight.hpp"

#include "base/members.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using transcript::Status;

namespace {

AgentPolicy policy(AgentPolicy::Orientation orientation = AgentPolicy::Orientation::once) {
    AgentPolicy policy;
    policy.name = "helper";
    policy.instructions = "You help.";
    policy.orientation = orientation;
    return policy;
}

std::string next(const Preflight& told, const AgentPolicy& agent, std::optional<BootstrapInstruction> bootstrap = {}) {
    auto step = told.next(agent, bootstrap);
    return step ? step->name : "";
}

}  // namespace

TEST_CASE("a worker is told who it is, then what its job wants it to know, each once") {
    BootstrapInstruction style("style", "Be brief.");
    Preflight told;
    CHECK(told.next(policy(), style)->text == "You help.");
    CHECK(next(told, policy(), style) == "orientation");
    told = told.with_told("orientation");
    CHECK(next(told, policy()) == "");
    CHECK(told.next(policy(), style)->text == "Be brief.");
    CHECK(next(told, policy(), style) == "bootstrap:style");
    told = told.with_told("bootstrap:style");
    CHECK(next(told, policy(), style) == "");
    CHECK(next(told, policy(), BootstrapInstruction("tone", "Be kind.")) == "bootstrap:tone");
}

TEST_CASE("an agent that is never oriented is still told what its job wants it to know") {
    auto never = policy(AgentPolicy::Orientation::never);
    CHECK(next(Preflight(), never) == "");
    CHECK(next(Preflight(), never, BootstrapInstruction("style", "x")) == "bootstrap:style");
}

TEST_CASE("what a worker was told is the same after it was stored") {
    auto told = Preflight().with_told("orientation").with_begun("bootstrap:style");
    Preflight read(json::value(told.to_json()));
    CHECK(read.told("orientation"));
    CHECK_FALSE(read.told("bootstrap:style"));
    CHECK(read.begun("bootstrap:style"));
    CHECK_FALSE(read.with_told("bootstrap:style").begun("bootstrap:style"));
    for (const char* older : {"null", "{}", R"({"told": 1, "begun": []})", R"({"told": [1]})"})
        CHECK(next(Preflight(json::parse(older)), policy()) == "orientation");
}

TEST_CASE("of what jobs wanted a worker to know the last two hundred keys are remembered, and its orientation always") {
    auto told = Preflight().with_told("orientation");
    for (int i = 0; i < 300; ++i) told = told.with_told("bootstrap:" + std::to_string(i));
    CHECK(told.told("orientation"));
    CHECK(told.told("bootstrap:299"));
    CHECK_FALSE(told.told("bootstrap:0"));
    CHECK(told.to_json().at("told").as_array().size() == 200);
}

TEST_CASE("the row of a preflight says who was told what, when, and how it came out") {
    PreflightNote note;
    note.session_id = "s";
    note.agent = "helper";
    note.step = {"bootstrap:style", "Be brief."};
    note.began = from_ms(1000);
    auto begun = preflight_row(note, Status::streaming, "", from_ms(1000));
    CHECK(begun.type == "agent.worker.lifecycle");
    CHECK(begun.content == "The agent helper is given its instruction style.");
    CHECK_FALSE(begun.completed_at);
    auto done = preflight_row(note, Status::complete, "t", from_ms(3000));
    CHECK(done.message_id == begun.message_id);
    CHECK(done.turn_id == "t");
    CHECK(done.started_at == 1000);
    CHECK(done.completed_at == 3000);
    auto details = json::parse(*done.details).as_object();
    CHECK(members::text(details, "kind") == "bootstrap");
    CHECK(members::text(details, "key") == "style");
    CHECK(members::text(details, "turnId") == "t");
    note.step = {"orientation", "You help."};
    auto failed = preflight_row(note, Status::error, "", from_ms(3000), "no model");
    CHECK(failed.content == "The agent helper could not be given its orientation: no model");
    CHECK(preflight_message_id("s", note.step) == "preflight:s:orientation");
}

// agent_instruction with action_intents: the plan that an answer became, kept and carried on whatever happens.
#include "instruction_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

const char* const noop_intent = R"({"kind":"queue.enqueue","type":"noop","payload":{"sleepMs":1}})";

}  // namespace

TEST_CASE("jobs that find no room are waited for, without asking the agent again") {
    Settings tight;
    tight.queue.max_per_project = 3;
    InstructionRig rig(TurnScript(), tight);
    *rig.script = saying(intents(std::string(R"({"kind":"queue.enqueue","type":"noop","payload":{"sleepMs":3000}},)") + noop_intent + "," + noop_intent));
    auto job = rig.end(rig.payload("action_intents"));
    INFO(job.error.value_or(""));
    REQUIRE(job.state == JobState::completed);
    CHECK(rig.world().turns.size() == 1);
    CHECK(rig.jobs_of_type("noop") == 3);
    CHECK(job.run > 1);
    CHECK(job.attempts == 1);
}

TEST_CASE("a plan that never finds room for all takes back what it had enqueued") {
    Settings tight;
    tight.queue.max_per_project = 2;
    InstructionRig rig(TurnScript(), tight);
    auto paused = rig.paused_job();
    auto plan = rig.plan_of({noop_intent, noop_intent});
    auto now = rig.carry(paused, plan);
    CHECK(std::get<SnoozedRun>(now).reason == "queue_full");
    plan.since -= 11min;
    std::string refused;
    try {
        rig.carry(paused, plan);
    } catch (const JobFailure& failure) {
        refused = failure.what();
    }
    CHECK(refused.find("intents_refused: intents[1]: queue_full") == 0);
    JobQuery query;
    query.owner = rig.owner();
    for (const auto& one : rig.spine.stage.wait_for(rig.spine.queue->list(query)).jobs)
        CHECK((one.state == JobState::canceled) == (one.type == "noop"));
}

TEST_CASE("after a crash the kept plan is carried on: nobody is asked again, and nothing is done twice") {
    InstructionRig rig;
    auto turn = rig.running_turn();
    auto approval = rig.ask_approval("q1", turn);
    rig.spine.stage.wait_for(rig.spine.queue->command_lane(rig.owner(), Queue::LaneCommand::pause)).value();
    auto job = rig.enqueue(rig.payload("action_intents", {{"turnId", turn}}));
    // What an earlier run has left: it enqueued the first job, and had begun to decide the approval when it died.
    IntentPlan plan;
    plan.source = "scripted";
    plan.run = 1;
    plan.since = rig.spine.stage.time.wall();
    auto intent = [](const std::string& text, Intent::Kind kind) { return Intent(kind, json::parse(text).as_object()); };
    plan.intents = {intent(noop_intent, Intent::Kind::enqueue_job),
                    intent(R"({"kind":"approval.decide","approvalId":")" + approval + R"(","decision":"accept"})", Intent::Kind::decide_approval),
                    intent(R"({"kind":"turn.steer.create","input":"faster"})", Intent::Kind::steer_turn),
                    intent(R"({"kind":"transcript.upsert","entry":{"messageId":"r1","turnId":")" + turn + R"(","role":"system","type":"note","content":"seen"}})", Intent::Kind::upsert_row)};
    plan.outcomes.resize(4);
    plan.asked = 2;
    Effects effects;
    effects.puts.push_back(put_plan(job.id(), plan));
    rig.spine.stage.wait_for(rig.spine.ledger.commit(plan.since, std::move(effects))).value();
    auto turns = rig.world().turns.size();
    rig.spine.stage.wait_for(rig.spine.queue->command_lane(rig.owner(), Queue::LaneCommand::resume)).value();
    auto ended = rig.spine.end_of(job.id());
    INFO(ended.error.value_or(""));
    REQUIRE(ended.state == JobState::completed);
    CHECK(rig.world().turns.size() == turns);
    CHECK(rig.outcome(ended, 0).at("status") == "enqueued");
    CHECK(rig.outcome(ended, 1).at("status") == "unknown");
    CHECK(rig.world().answers.at("q1").is_null());
    CHECK(rig.outcome(ended, 2).at("status") == "performed");
    CHECK(rig.row("r1")->content == "seen");
    CHECK(rig.jobs_of_type("noop") == 1);
    CHECK(rig.spine.bodies(plan_kind, job.id()).empty());
}

TEST_CASE("a crash in the last attempt leaves no plan half carried out, unless it kills the daemon again and again") {
    InstructionRig rig;
    auto job = rig.paused_job();
    job.state = JobState::running;
    job.attempts = job.max_attempts;
    job.running = RunningContext{"t", "turn"};
    auto definition = rig.spine.registry.find("agent_instruction");
    auto goes_on = [&] { return rig.spine.stage.wait_for(definition->goes_on(job)); };
    CHECK_FALSE(goes_on());
    auto plan = rig.plan_of({noop_intent});
    Effects effects;
    effects.puts.push_back(put_plan(job.id(), plan));
    rig.spine.stage.wait_for(rig.spine.ledger.commit(plan.since, std::move(effects))).value();
    CHECK((goes_on() && goes_on() && goes_on()));
    CHECK_FALSE(goes_on());
}

TEST_CASE("a plan carried out again enqueues no second job") {
    InstructionRig rig;
    auto paused = rig.paused_job();
    auto plan = rig.plan_of({noop_intent});
    auto first = std::get<json::array>(rig.carry(paused, plan));
    CHECK(std::get<json::array>(rig.carry(paused, plan)) == first);
    CHECK(rig.jobs_of_type("noop") == 1);
}

TEST_CASE("intents whose turn ended unseen are read once more, not asked for again") {
    InstructionRig rig(saying(intents(row_intent("r1", "seen"))));
    auto job = rig.end(rig.payload("action_intents"));
    auto settle = [&] { return rig.spine.stage.wait_for(rig.spine.registry.find("agent_instruction")->settle(job)); };
    auto& turn = *rig.world().turns.back();
    job.running = RunningContext{turn.thread_id, turn.view.turn_id};
    auto settled = settle();
    REQUIRE(settled);
    CHECK(settled->result == *job.result);

    auto forget = [&] {
        Effects effects;
        forget_plan(effects, job.id());
        rig.spine.stage.wait_for(rig.spine.ledger.commit(rig.spine.stage.time.wall(), std::move(effects))).value();
    };
    forget();
    turn.view.text = intents(noop_intent);
    CHECK_FALSE(settle());
    REQUIRE(rig.spine.bodies(plan_kind, job.id()).size() == 1);
    CHECK(plan_from_json(rig.spine.bodies(plan_kind, job.id()).front()).intents.size() == 1);
    CHECK(rig.jobs_of_type("noop") == 0);
    forget();
    turn.view.text = "nonsense";
    CHECK_FALSE(settle());
    CHECK(plan_from_json(rig.spine.bodies(plan_kind, job.id()).front()).refused.find("intents_invalid") == 0);
}

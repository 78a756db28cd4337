#include "queue/job_events.hpp"
#include "queue/registry.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

Task<RunOutcome> nothing(std::shared_ptr<RunContext>, json::object) {
    RunOutcome outcome = CompletedRun();
    co_return outcome;
}

Definition named(std::string type) {
    Definition definition;
    definition.type = std::move(type);
    definition.run = nothing;
    return definition;
}

}  // namespace

TEST_CASE("a registry finds what was added, by type") {
    Registry registry;
    registry.add(named("b"));
    registry.add(named("a"));
    REQUIRE(registry.find("a"));
    CHECK(registry.find("a")->type == "a");
    CHECK_FALSE(registry.find("c"));
    CHECK_FALSE(registry.find(""));
    auto all = registry.all();
    REQUIRE(all.size() == 2);
    CHECK(all[0]->type == "a");
}

TEST_CASE("a type twice, without a name or without a run is a mistake that stops the start") {
    Registry registry;
    registry.add(named("a"));
    CHECK_THROWS_AS(registry.add(named("a")), std::logic_error);
    CHECK_THROWS_AS(registry.add(named("")), std::logic_error);
    Definition idle = named("idle");
    idle.run = nullptr;
    CHECK_THROWS_AS(registry.add(std::move(idle)), std::logic_error);
    CHECK(registry.all().size() == 1);
}

TEST_CASE("a job's event carries what clients route and guard by") {
    Job job;
    job.key = 3;
    job.type = "suggest_reply";
    job.owner = "p1";
    job.source_session_id = "chat";
    job.payload = {{"requestKey", "r1"}};
    job.state = JobState::completed;
    job.result = json::object{{"suggestion", "yes"}};
    auto event = job_event(job, job_event_type(JobEvent::complete));
    CHECK(event.type == "orchestrator_job_completed");
    CHECK(event.thread_id == "chat");
    CHECK(event.payload.at("jobId") == json::value(job.id()));
    CHECK(event.payload.at("projectId") == "p1");
    CHECK(event.payload.at("jobType") == "suggest_reply");
    CHECK(event.payload.at("state") == "completed");
    CHECK(event.payload.at("sourceSessionId") == "chat");
    CHECK(event.payload.at("requestKey") == "r1");
    CHECK(event.payload.at("result").at("suggestion") == "yes");
    CHECK_FALSE(event.payload.contains("error"));
}

TEST_CASE("every transition has its word on the wire, and states that the wire does not know have another") {
    CHECK(job_event_type(JobEvent::start) == "orchestrator_job_started");
    CHECK(job_event_type(JobEvent::report) == "orchestrator_job_progress");
    CHECK(job_event_type(JobEvent::cancel) == "orchestrator_job_canceled");
    for (auto event : {JobEvent::fail, JobEvent::expire}) CHECK(job_event_type(event) == "orchestrator_job_failed");
    for (auto event : {JobEvent::promote, JobEvent::retry, JobEvent::snooze, JobEvent::recover, JobEvent::requeue, JobEvent::operator_retry,
                       JobEvent::reopen})
        CHECK(job_event_type(event) == "orchestrator_job_queued");
    CHECK(orchestrator_state(JobState::pending) == "queued");
    CHECK(orchestrator_state(JobState::expired) == "failed");
    CHECK(orchestrator_state(JobState::running) == "running");
}

TEST_CASE("an executor runs its jobs itself, or leaves them to workers outside") {
    Registry registry;
    Definition neither, both = named("both"), remote;
    neither.type = "neither";
    both.remote = true;
    remote.type = "worker";
    remote.remote = true;
    CHECK_THROWS_AS(registry.add_executor(neither), std::logic_error);
    CHECK_THROWS_AS(registry.add_executor(both), std::logic_error);
    registry.add_executor(remote);
    CHECK(registry.is_remote("worker"));
    CHECK_FALSE(registry.is_remote(""));
    CHECK_FALSE(registry.is_remote("nobody"));
    registry.assign("scan", "worker");
    CHECK(registry.assigned("scan") == registry.executor("worker"));
    CHECK_FALSE(registry.assigned("resize"));
}

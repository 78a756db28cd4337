// Who gets which job, and when.
#include "base/limits.hpp"
#include "support/catch.hpp"
#include "support/remote_rig.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

TEST_CASE("a claimed job runs with its worker, and its life is told in the pool's words") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    rig.advance(1h);
    CHECK(rig.job(job).state == JobState::queued);
    auto claimed = rig.claim("crane");
    REQUIRE(claimed);
    CHECK(claimed->job.key == job.key);
    CHECK(claimed->job.run == 1);
    CHECK(claimed->job.payload.at("size") == 7);
    CHECK(claimed->lease_expires_at == rig.time.wall() + 30s);
    CHECK(rig.job(job).state == JobState::running);
    CHECK(rig.job(job).worker_id == "crane");
    auto held = RemoteRig::held(*claimed, "crane");
    REQUIRE(rig.wait_for(rig.queue->claims().progress(held, 50)).has_value());
    CHECK(rig.job(job).progress == 50);
    CompletedRun end({{"output", "small"}});
    end.token_usage = json::object{{"input", 3}, {"output", 4}};
    REQUIRE(rig.wait_for(rig.queue->claims().complete(held, std::move(end))).has_value());
    auto done = rig.job(job);
    CHECK(done.state == JobState::completed);
    CHECK(done.result->at("output") == "small");
    CHECK(done.token_usage.at("output") == 4);
    CHECK(rig.told(job) == std::vector<std::string>{"job:created", "job:queued", "job:started", "job:progress", "job:completed"});
}

TEST_CASE("a job for workers takes no worker of the pool, waiting or running") {
    PoolSettings settings;
    settings.workers_min = settings.workers_max = settings.max_concurrent = 1;
    RemoteRig rig(settings);
    rig.submit_remote();
    rig.submit_remote();
    REQUIRE(rig.claim("crane"));
    CHECK(rig.finished(rig.submit({{"ms", 10}})).state == JobState::completed);
}

TEST_CASE("the most urgent job of the types that a worker asks for is given first, then the one that came first") {
    RemoteRig rig;
    std::vector<Job> jobs;
    for (auto [type, priority] : {std::pair("resize", 5), {"crop", 5}, {"crop", 0}, {"print", 0}, {"resize", 5}}) {
        auto job = rig.remote(type);
        job.priority = priority;
        jobs.push_back(rig.submit(std::move(job)));
    }
    std::vector<std::int64_t> given;
    while (auto claimed = rig.claim("crane", {"resize", "crop"})) given.push_back(claimed->job.key);
    CHECK(given == std::vector<std::int64_t>{jobs[2].key, jobs[0].key, jobs[1].key, jobs[4].key});
}

TEST_CASE("a claim that waits is given the next job at once, the oldest claim first") {
    RemoteRig rig;
    auto first = rig.claim_later(RemoteRig::asking("first", 60s));
    auto second = rig.claim_later(RemoteRig::asking("second", 60s));
    auto other = rig.claim_later(RemoteRig::asking("other", 60s, {"crop"}));
    CHECK(rig.queue->claims().counts().waiting == 3);
    rig.advance(20s);
    auto a = rig.submit_remote();
    rig.settle();
    REQUIRE(first->has_value());
    CHECK((**first)->value().job.key == a.key);
    CHECK_FALSE(second->has_value());
    rig.submit_remote();
    rig.settle();
    CHECK(second->has_value());
    CHECK_FALSE(other->has_value());
}

TEST_CASE("a claim that waits in vain ends with its wait, and one that does not wait at once") {
    RemoteRig rig;
    CHECK_FALSE(rig.claim("crane"));
    auto waiting = rig.claim_later(RemoteRig::asking("crane", 10s));
    rig.advance(9s);
    CHECK_FALSE(waiting->has_value());
    rig.advance(1s);
    REQUIRE(waiting->has_value());
    CHECK_FALSE((**waiting).value());
    CHECK(rig.queue->claims().counts().waiting == 0);
    auto job = rig.submit_remote();
    rig.settle();
    CHECK(rig.job(job).state == JobState::queued);
}

TEST_CASE("a dependent of a job for workers is claimed when that has completed") {
    RemoteRig rig;
    auto first = rig.submit_remote();
    auto then = rig.remote();
    then.dependencies = {first.id()};
    auto second = rig.submit(std::move(then));
    auto one = rig.claim("crane");
    CHECK_FALSE(rig.claim("crane"));
    auto waiting = rig.claim_later(RemoteRig::asking("crane", 60s));
    REQUIRE(rig.complete(RemoteRig::held(*one, "crane")).has_value());
    rig.settle();
    REQUIRE(waiting->has_value());
    CHECK((**waiting)->value().job.key == second.key);
}

TEST_CASE("jobs of a type that is assigned to workers wait for one") {
    RemoteRig rig;
    rig.registry.assign("scan", "worker");
    auto submission = rig.submission({});
    submission.type = "scan";
    auto job = rig.submit(std::move(submission));
    CHECK(job.executor == "worker");
    REQUIRE(rig.claim("crane", {"scan"}));
    CHECK(rig.job(job).state == JobState::running);
    CHECK_THROWS_AS(rig.registry.assign("scan", "worker"), std::logic_error);
    CHECK_THROWS_AS(rig.registry.assign("work", "worker"), std::logic_error);
}

TEST_CASE("a pool that is paused hands out nothing until it is resumed") {
    RemoteRig rig;
    auto command = [&](Queue::LaneCommand what) { REQUIRE(rig.wait_for(rig.queue->command_lane("pool", what)).has_value()); };
    auto job = rig.submit_remote();
    command(Queue::LaneCommand::pause);
    bool restarted = GENERATE(false, true);
    if (restarted) rig.restart();
    CHECK_FALSE(rig.claim("crane"));
    auto waiting = rig.claim_later(RemoteRig::asking("crane", 60s));
    CHECK_FALSE(waiting->has_value());
    command(Queue::LaneCommand::resume);
    rig.settle();
    REQUIRE(waiting->has_value());
    CHECK((**waiting)->value().job.key == job.key);
}

TEST_CASE("a pool that is drained takes no new jobs for workers, and hands out those that wait") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    REQUIRE(rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::drain)).has_value());
    std::vector<Submission> more;
    more.push_back(rig.remote());
    CHECK(refusal(rig.try_submit(std::move(more))) == "lane_draining");
    CHECK(rig.claim("crane")->job.key == job.key);
}

TEST_CASE("a worker that went away while it waited is given nothing") {
    RemoteRig rig;
    auto request = RemoteRig::asking("gone", 60s);
    request.presence = std::make_shared<Presence>();
    auto presence = request.presence;
    auto gone = rig.claim_later(std::move(request));
    auto here = rig.claim_later(RemoteRig::asking("here", 60s));
    presence->leave();
    rig.settle();
    REQUIRE(gone->has_value());
    CHECK_FALSE((**gone).value());
    auto job = rig.submit_remote();
    rig.settle();
    REQUIRE(here->has_value());
    CHECK((**here)->value().job.key == job.key);
    CHECK(rig.job(job).attempts == 1);
}

TEST_CASE("a job that was started for a worker that went away meanwhile goes to the next one, and cost no attempt") {
    RemoteRig rig;
    auto owner = GENERATE(std::string(), std::string("p1"));
    auto request = RemoteRig::asking("gone", 60s);
    request.presence = std::make_shared<Presence>();
    auto presence = request.presence;
    auto gone = rig.claim_later(std::move(request));
    rig.store.before_commit = [presence](const Mutation& mutation) {
        if (!mutation.updates.empty()) presence->leave();
    };
    auto job = rig.submit_remote("resize", owner);
    rig.settle();
    rig.store.before_commit = nullptr;
    REQUIRE(gone->has_value());
    CHECK_FALSE((**gone).value());
    CHECK(rig.job(job).state == JobState::queued);
    CHECK(rig.job(job).attempts == 0);
    auto claimed = rig.claim("here");
    REQUIRE(claimed);
    CHECK(claimed->job.attempts == 1);
    CHECK(rig.complete(RemoteRig::held(*claimed, "here")).has_value());
}

TEST_CASE("only so many claims wait at once") {
    RemoteRig rig;
    std::vector<std::shared_ptr<std::optional<RemoteRig::Answer>>> waiting;
    for (std::size_t i = 0; i < limits::claims_waiting; ++i)
        waiting.push_back(rig.later(rig.queue->claims().claim(RemoteRig::asking("crane", 60s))));
    rig.settle();
    auto refused = rig.try_claim(RemoteRig::asking("late", 60s));
    CHECK(refusal(refused) == "queue_full");
    CHECK(refused.error().details.at("scope") == "claims");
    rig.advance(61s);
    CHECK(rig.queue->claims().counts().waiting == 0);
}

TEST_CASE("a store that cannot commit is told to the one who asks, and the job waits on") {
    RemoteRig rig;
    auto owner = GENERATE(std::string(), std::string("p1"));
    auto job = rig.submit_remote("resize", owner);
    rig.store.break_disk(true);
    CHECK_THROWS_AS(rig.claim("crane"), StorageUnavailable);
    rig.store.break_disk(false);
    CHECK(rig.claim("crane")->job.key == job.key);
}

TEST_CASE("workers that were heard of are listed with what they hold, until they have been silent for long") {
    RemoteRig rig;
    rig.submit_remote();
    auto claimed = rig.claim("crane", {"resize", "crop"});
    rig.claim("idle", {"print"});
    auto workers = rig.wait_for(rig.queue->claims().workers());
    REQUIRE(workers.size() == 2);
    CHECK(workers[0].id == "crane");
    CHECK(workers[0].types == std::vector<std::string>{"resize", "crop"});
    CHECK(workers[0].job_ids == std::vector<std::string>{claimed->job.id()});
    CHECK(workers[1].job_ids.empty());
    rig.complete(RemoteRig::held(*claimed, "crane")).value();
    rig.advance(limits::worker_forgotten_after + 1s);
    CHECK(rig.wait_for(rig.queue->claims().workers()).empty());
    for (std::size_t i = 0; i <= limits::workers_remembered; ++i) rig.claim(fmt::format("w{}", i));
    CHECK(rig.wait_for(rig.queue->claims().workers()).size() == limits::workers_remembered);
}

// A store that cannot commit, at every commit there is: nothing is lost, nothing runs unwritten, and it goes on when the
// disk is back (queue.md 2, 9).
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

TEST_CASE("an enqueue that cannot be written is refused, and nothing of it is there") {
    QueueRig rig;
    rig.define();
    rig.start();
    rig.store.fail_commits(0);
    CHECK_THROWS_AS(rig.enqueue("p1", {{"name", "lost"}}), StorageUnavailable);
    auto job = rig.enqueue("p1", {{"name", "kept"}});
    CHECK(rig.finished(job).state == JobState::completed);
    CHECK(rig.watch->starts == std::vector<std::string>{"p1/kept"});
    CHECK(rig.heard->events.size() == 6);  // queued, started and completed, in the words of both families
}

TEST_CASE("a start that cannot be written starts nothing, and is tried again") {
    QueueRig rig;
    rig.define();
    rig.start();
    rig.store.fail_commits(1, 3);  // after the enqueue's own
    auto job = rig.enqueue("p1", {{"name", "a"}, {"ms", 10}});
    rig.advance(2900ms);
    CHECK(rig.watch->starts.empty());
    CHECK(rig.job(job).state == JobState::queued);
    auto done = rig.finished(job);
    CHECK(done.state == JobState::completed);
    CHECK(done.attempts == 1);
    CHECK(done.run == 1);
    CHECK(rig.store.failures == 3);
}

TEST_CASE("a result that cannot be written is kept until it can be, and the lane waits for it") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"name", "a"}, {"ms", 100}});
    auto next = rig.enqueue("p1", {{"name", "b"}});
    rig.settle();
    rig.store.break_disk(true);
    rig.advance(10s);
    CHECK(rig.job(job).state == JobState::running);
    CHECK(rig.watch->starts.size() == 1);
    rig.store.break_disk(false);
    CHECK(rig.finished(job).state == JobState::completed);
    CHECK(rig.job(job).run == 1);
    CHECK(rig.finished(next).state == JobState::completed);
    CHECK(rig.heard->of(job) == std::vector<std::string>{"queued", "started", "completed"});
}

TEST_CASE("a cancel that cannot be written did not happen") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto running = rig.enqueue("p1", {{"ms", 1000}});
    auto queued = rig.enqueue("p1", {});
    rig.settle();
    rig.store.fail_commits(0, 2);
    CHECK_THROWS_AS(rig.cancel(running), StorageUnavailable);
    CHECK_THROWS_AS(rig.cancel(queued), StorageUnavailable);
    CHECK_FALSE(rig.job(running).cancel_requested_at);
    CHECK(rig.finished(running).state == JobState::completed);
    CHECK(rig.finished(queued).state == JobState::completed);
}

TEST_CASE("a runner whose row cannot be written hears of it, and may fail and try again") {
    QueueRig rig;
    rig.define();
    rig.start();
    rig.store.fail_commits(2);  // enqueue, start, then the row
    auto job = rig.enqueue("p1", {{"row", "key"}});
    auto done = rig.finished(job);
    CHECK(done.state == JobState::completed);
    CHECK(done.attempts == 2);
    CHECK(rig.wait_for(rig.store.record("row", "sink", "key"))->body.at("run") == 2);
}

TEST_CASE("whichever commit fails, every job that was acknowledged ends, once, and the lanes go on") {
    for (int nth = 0; nth < 40; ++nth)
        for (int times : {1, 2, 5}) {
            INFO(times << " commits fail from number " << nth);
            QueueRig rig;
            rig.define("work", [](Definition& d) {
                d.retry.max_attempts = 10;
                d.uses_turns = true;
                d.timeout = 3000ms;
            });
            rig.start();
            rig.store.fail_commits(nth, times);
            std::vector<Job> jobs;
            int refused = 0;
            auto add = [&](std::string owner, json::object payload) {
                try {
                    jobs.push_back(rig.enqueue(std::move(owner), std::move(payload)));
                } catch (const StorageUnavailable&) {
                    ++refused;
                }
            };
            add("p1", {{"name", "plain"}, {"ms", 10}, {"row", "plain"}, {"progress", 1}});
            add("p1", {{"name", "flaky"}, {"fail", "retryable"}, {"failures", 2}, {"turn", "t"}});
            add("p2", {{"name", "slow"}, {"ms", 2000}, {"turn", "t2"}});
            add("p2", {{"name", "snoozing"}, {"snoozeMs", 500}});
            add("p3", {{"name", "late"}, {"ms", 5000}, {"deaf", "total"}});
            rig.advance(700ms);
            try {
                if (!jobs.empty()) (void)rig.cancel(jobs.back());
            } catch (const StorageUnavailable&) {
                ++refused;
            }
            CHECK(refused <= times);
            for (const auto& job : jobs) {
                auto ended = rig.finished(job);
                REQUIRE(is_terminal(ended.state));
                auto told = rig.heard->of(job);
                auto last = told.back();
                CHECK((last == "completed" || last == "failed" || last == "canceled"));
                CHECK(told.size() >= 2);
                CHECK(ended.attempts <= ended.max_attempts);
            }
            CHECK(rig.watch->most_in_a_lane <= 1);
            rig.advance(60s);
            CHECK(rig.lanes().empty());
            std::int64_t seq = 0;
            for (const auto& event : rig.heard->events) REQUIRE(event.seq == ++seq);
        }
}

TEST_CASE("a crash after any number of commits loses no acknowledged job and repeats no effect") {
    for (int crash_at = 1; crash_at < 40; ++crash_at) {
        INFO("crashed at commit " << crash_at);
        QueueRig rig;
        rig.define("work", [](Definition& d) { d.retry.max_attempts = 10; });
        rig.start();
        std::vector<Job> jobs;
        for (int i = 0; i < 4; ++i)
            jobs.push_back(rig.enqueue(fmt::format("p{}", i % 2), {{"ms", 50}, {"row", fmt::format("row{}", i)}, {"progress", i}}));
        int commits = 0;
        rig.store.before_commit = [&](const Mutation&) { ++commits; };
        // Commits come one at a time: stop the world right after the one we want.
        for (int step = 0; step < 400 && commits < crash_at; ++step) rig.time.advance_to_next(*rig.context);
        rig.restart();
        for (const auto& job : jobs) {
            auto ended = rig.finished(job);
            CHECK(ended.state == JobState::completed);
            CHECK(ended.run <= 2);
        }
        CHECK(rig.wait_for(rig.store.records("row", "sink", 0, 100)).size() == 4);
        CHECK(rig.watch->most_in_a_lane <= 2);
    }
}

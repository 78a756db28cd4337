#include "base/ids.hpp"
#include "conformance/drivers.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

void end_jobs(StoreFixture& s, std::int64_t first, std::int64_t last, JobState state, std::string owner = "p1") {
    Mutation mutation;
    for (auto key = first; key <= last; ++key) {
        mutation.inserts.emplace_back();
        mutation.inserts.back().job = a_job(key, owner);
        Job ended = a_job(key, owner);
        ended.state = state;
        ended.completed_at = s.clock.now;
        mutation.updates.emplace_back(ended, JobState::queued, 0);
    }
    s.commit(std::move(mutation));
}

std::int64_t kept(StoreFixture& s, std::int64_t first, std::int64_t last) {
    std::int64_t count = 0;
    for (auto key = first; key <= last; ++key) count += s.job(key) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("an owner keeps its newest ended jobs, those that went wrong in preference") {
    FOR_EACH_DRIVER(s);
    RetentionRules rules;
    rules.terminal_per_owner = 10;
    end_jobs(s, 1, 3, JobState::failed);
    end_jobs(s, 4, 6, JobState::canceled);
    end_jobs(s, 7, 20, JobState::completed);
    end_jobs(s, 21, 25, JobState::completed, "p2");
    s.insert(a_job(30));
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(kept(s, 1, 6) == 6);
    CHECK(kept(s, 7, 16) == 0);
    CHECK(kept(s, 17, 20) == 4);
    CHECK(kept(s, 21, 25) == 5);
    CHECK(s.job(30));
    CHECK(s.store->counts().by_state[JobState::completed] == 9);
    CHECK(s.store->counts().completed_24h == 19);
    rules.terminal_per_owner = 4;
    end_jobs(s, 40, 40, JobState::completed);
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(kept(s, 1, 3) == 3);
    CHECK(kept(s, 4, 6) == 1);
    CHECK(s.job(6));
}

TEST_CASE("what ended within the grace stays, and goes in a later round") {
    FOR_EACH_DRIVER(s);
    RetentionRules rules;
    rules.terminal_per_owner = 1;
    end_jobs(s, 1, 5, JobState::completed);
    s.clock.now += Millis{59'000};
    s.retain(rules);
    CHECK(kept(s, 1, 5) == 5);
    s.clock.now += Millis{2'000};
    s.retain(rules);
    CHECK(kept(s, 1, 5) == 1);
    CHECK(s.job(5));
}

TEST_CASE("pool jobs go by age and by count") {
    FOR_EACH_DRIVER(s);
    RetentionRules rules;
    rules.pool_count = 5;
    rules.terminal_per_owner = 1;
    end_jobs(s, 1, 3, JobState::completed, "");
    s.clock.now += std::chrono::hours{23};
    end_jobs(s, 4, 6, JobState::completed, "");
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(kept(s, 1, 6) == 5);
    s.clock.now += std::chrono::hours{1};
    s.retain(rules);
    CHECK(kept(s, 1, 3) == 0);
    CHECK(kept(s, 4, 6) == 3);
}

TEST_CASE("a job that an open one depends on stays") {
    FOR_EACH_DRIVER(s);
    RetentionRules rules;
    rules.pool_age = Millis{1};
    end_jobs(s, 1, 2, JobState::completed, "");
    Job waits = a_job(3, "");
    waits.state = JobState::pending;
    waits.dependencies = {{1, job_id(1)}};
    s.insert(waits);
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(s.job(1));
    CHECK(!s.job(2));
    if (driver != StoreDriver::memory) s.reopen();
    s.retain(rules);
    CHECK(s.job(1));
    s.move_to(3, JobState::canceled);
    s.retain(rules);
    CHECK(!s.job(1));
}

TEST_CASE("what goes is found behind any number of jobs that are still needed") {
    FOR_EACH_DRIVER(s);
    RetentionRules rules;
    rules.pool_age = Millis{1};
    end_jobs(s, 1, 1100, JobState::completed, "");
    Job waits = a_job(2000, "");
    waits.state = JobState::pending;
    for (std::int64_t key = 1; key <= 1000; ++key) waits.dependencies.push_back({key, job_id(key)});
    s.insert(waits);
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(kept(s, 1, 1000) == 1000);
    CHECK(kept(s, 1001, 1100) == 0);
}

TEST_CASE("removal comes in bounded steps and reaches every owner") {
    FOR_EACH_DRIVER(s);
    RetentionRules rules;
    rules.terminal_per_owner = 1;
    for (int owner = 0; owner < 30; ++owner)
        end_jobs(s, 1 + owner * 30, 30 + owner * 30, JobState::completed, "p" + std::to_string(owner));
    s.clock.now += Millis{60'001};
    auto steps = s.retain(rules);
    CHECK(steps >= 4);
    CHECK(steps < 40);
    CHECK(s.store->counts().by_state[JobState::completed] == 30);
    if (driver != StoreDriver::memory) {
        s.reopen();
        CHECK(s.store->counts().by_state[JobState::completed] == 30);
    }
    end_jobs(s, 2000, 2001, JobState::completed, "p3");
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(kept(s, 2000, 2001) == 1);
    CHECK(s.job(2001));
}

TEST_CASE("events go by age, and seq never starts again") {
    FOR_EACH_DRIVER(s);
    auto tell = [&] {
        Mutation mutation;
        mutation.effects.events.emplace_back("e", "t", json::object{});
        return s.commit(std::move(mutation)).events.at(0).seq;
    };
    tell();
    tell();
    s.clock.now += std::chrono::hours{72};
    tell();
    s.clock.now += Millis{1};
    s.retain(RetentionRules());
    CHECK(s.events().size() == 1);
    s.clock.now += std::chrono::hours{100};
    s.retain(RetentionRules());
    CHECK(s.events().empty());
    if (driver != StoreDriver::memory) s.reopen();
    auto range = run_task(s.store->event_range());
    CHECK(range.oldest == 4);
    CHECK(range.newest == 3);
    CHECK(tell() == 4);
}

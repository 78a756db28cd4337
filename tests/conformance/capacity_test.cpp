#include "conformance/drivers.hpp"

#include <map>
#include <random>

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

JobInsert limited(std::int64_t key, std::string owner, int per_owner, int global) {
    JobInsert insert;
    insert.job = a_job(key, std::move(owner));
    insert.capacity = Capacity{per_owner, global};
    return insert;
}

std::optional<Problem> refusal(StoreFixture& s, JobInsert insert) {
    Mutation mutation;
    mutation.inserts.push_back(std::move(insert));
    auto result = s.try_commit(std::move(mutation));
    if (result) return {};
    return result.error();
}

std::int64_t in_state(StoreFixture& s, JobState state) { return s.store->counts().by_state.at(state); }

}  // namespace

TEST_CASE("an owner's cap counts what is open and says where it stands") {
    FOR_EACH_DRIVER(s);
    CHECK(!refusal(s, limited(1, "a", 2, 0)));
    CHECK(!refusal(s, limited(2, "a", 2, 0)));
    s.move_to(1, JobState::running);
    auto full = refusal(s, limited(3, "a", 2, 0));
    REQUIRE(full);
    CHECK(full->code == "queue_full");
    CHECK(full->details == json::object{{"scope", "project"}, {"limit", 2}, {"depth", 2}});
    CHECK(!refusal(s, limited(4, "b", 2, 0)));
    s.move_to(1, JobState::completed);
    CHECK(!refusal(s, limited(5, "a", 2, 0)));
}

TEST_CASE("the global cap counts all lanes, and the pool has its own") {
    FOR_EACH_DRIVER(s);
    CHECK(!refusal(s, limited(1, "a", 0, 2)));
    CHECK(!refusal(s, limited(2, "", 2, 2)));
    CHECK(!refusal(s, limited(3, "b", 0, 2)));
    auto full = refusal(s, limited(4, "c", 0, 2));
    REQUIRE(full);
    CHECK(full->details.at("scope") == "global");
    CHECK(full->details.at("depth") == 2);
    CHECK(!refusal(s, limited(5, "", 2, 2)));
    auto pool = refusal(s, limited(6, "", 2, 2));
    REQUIRE(pool);
    CHECK(pool->details.at("scope") == "pool");
}

TEST_CASE("jobs of one mutation count against each other") {
    FOR_EACH_DRIVER(s);
    Mutation mutation;
    mutation.inserts = {limited(1, "a", 2, 0), limited(2, "a", 2, 0), limited(3, "a", 2, 0)};
    auto result = s.try_commit(std::move(mutation));
    REQUIRE(!result);
    CHECK(result.error().details.at("depth") == 2);
    CHECK(!s.job(1));
    CHECK(in_state(s, JobState::queued) == 0);
}

TEST_CASE("a reopened job takes its place in the counts again") {
    FOR_EACH_DRIVER(s);
    s.insert(a_job(1, "a"));
    s.move_to(1, JobState::failed);
    CHECK(s.store->counts().owners_with_open_jobs == 0);
    s.move_to(1, JobState::queued);
    CHECK(s.store->counts().owners_with_open_jobs == 1);
    CHECK(refusal(s, limited(2, "a", 1, 0)));
}

TEST_CASE("a job is reopened only where there is room, and two of one mutation count against each other") {
    FOR_EACH_DRIVER(s);
    for (std::int64_t key : {1, 2, 3}) {
        s.insert(a_job(key, key == 3 ? "b" : "a"));
        s.move_to(key, JobState::failed);
    }
    auto reopen = [&](std::vector<std::int64_t> keys, int per_owner, int global) {
        Mutation mutation;
        for (auto key : keys) {
            Job next = *s.job(key);
            next.state = JobState::queued;
            mutation.updates.emplace_back(next, JobState::failed, next.run);
            mutation.updates.back().capacity = Capacity{per_owner, global};
        }
        return s.try_commit(std::move(mutation));
    };
    auto both = reopen({1, 2}, 1, 0);
    REQUIRE(!both);
    CHECK(both.error().code == "queue_full");
    CHECK(both.error().details == json::object{{"scope", "project"}, {"limit", 1}, {"depth", 1}});
    CHECK(reopen({1}, 1, 0).has_value());
    CHECK(reopen({2}, 1, 0).error().details.at("scope") == "project");
    CHECK(reopen({3}, 1, 1).error().details.at("scope") == "global");
    CHECK(s.job(2)->state == JobState::failed);
    CHECK(reopen({3}, 1, 2).has_value());
    CHECK(in_state(s, JobState::queued) == 2);
}

TEST_CASE("completions of the last day are counted with their running time") {
    FOR_EACH_DRIVER(s);
    s.insert(a_job(1));
    s.move_to(1, JobState::running);
    s.clock.now += Millis{1500};
    s.move_to(1, JobState::completed);
    s.insert(a_job(2));
    s.move_to(2, JobState::canceled);
    CHECK(s.store->counts().completed_24h == 1);
    CHECK(s.store->counts().completed_24h_run_ms == 1500);
    s.clock.now += std::chrono::hours{25};
    CHECK(s.store->counts().completed_24h == 0);
}

TEST_CASE("counts equal a recount after any history") {
    FOR_EACH_DRIVER(s);
    std::mt19937 random(7);
    std::map<std::int64_t, Job> model;
    std::int64_t key = 0;
    for (int step = 0; step < 400; ++step) {
        if (model.empty() || random() % 3 == 0) {
            Job job = a_job(++key, random() % 4 == 0 ? "" : "p" + std::to_string(random() % 5));
            s.insert(job);
            model[job.key] = job;
            continue;
        }
        auto at = std::next(model.begin(), long(random() % model.size()));
        auto state = JobState(random() % 7);
        if (is_terminal(at->second.state) && at->second.state == JobState::completed) continue;
        at->second = s.move_to(at->first, state);
        if (random() % 50 == 0 && driver != StoreDriver::memory) s.reopen();
    }
    std::map<JobState, std::int64_t> by_state;
    std::map<std::string, int> open;
    for (const auto& [k, job] : model) {
        ++by_state[job.state];
        if (is_open(job.state)) ++open[job.owner];
    }
    auto counts = s.store->counts();
    for (int state = 0; state < 7; ++state) CHECK(counts.by_state[JobState(state)] == by_state[JobState(state)]);
    CHECK(counts.owners_with_open_jobs == std::int64_t(open.size()) - std::int64_t(open.count("")));
    for (const auto& [owner, count] : open) {
        CHECK(!refusal(s, limited(++key, owner, count + 1, 0)));
        CHECK(refusal(s, limited(++key, owner, count + 1, 0)));
    }
}

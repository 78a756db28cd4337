#include "base/ids.hpp"
#include "conformance/drivers.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

std::vector<std::int64_t> listed(StoreFixture& s, const JobQuery& query) {
    std::vector<std::int64_t> keys;
    for (const auto& job : run_task(s.store->jobs(query)).jobs) keys.push_back(job.key);
    return keys;
}

/// All of a list, a page at a time.
std::vector<std::int64_t> paged(StoreFixture& s, JobQuery query, std::size_t limit) {
    std::vector<std::int64_t> keys;
    query.limit = limit;
    for (;;) {
        auto page = run_task(s.store->jobs(query));
        for (const auto& job : page.jobs) keys.push_back(job.key);
        if (!page.next) return keys;
        query.after = *page.next;
    }
}

// 1 to 9: owners "", "a", "b" in turn; type "even" or "odd"; 4 to 6 of a workflow; 2, 3 completed, 7 failed.
void fill(StoreFixture& s) {
    for (int key = 1; key <= 9; ++key) {
        const char* const owners[] = {"b", "", "a"};
        Job job = a_job(key, owners[key % 3]);
        job.type = key % 2 == 0 ? "even" : "odd";
        if (key >= 4 && key <= 6) job.workflow_id = job_id(1);
        s.insert(job);
    }
    for (int key : {2, 3}) s.move_to(key, JobState::completed);
    s.move_to(7, JobState::failed);
}

using Keys = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a list of all owners goes by key in either direction, a page at a time") {
    FOR_EACH_DRIVER(s);
    fill(s);
    JobQuery query;
    query.any_owner = true;
    CHECK(listed(s, query) == Keys{1, 2, 3, 4, 5, 6, 7, 8, 9});
    for (std::size_t limit = 1; limit <= 10; ++limit) {
        query.newest_first = false;
        CHECK(paged(s, query, limit) == Keys{1, 2, 3, 4, 5, 6, 7, 8, 9});
        query.newest_first = true;
        CHECK(paged(s, query, limit) == Keys{9, 8, 7, 6, 5, 4, 3, 2, 1});
        query.states = {JobState::completed, JobState::failed};
        CHECK(paged(s, query, limit) == Keys{7, 3, 2});
        query.states.clear();
    }
    query.after = 4;
    CHECK(listed(s, query) == Keys{3, 2, 1});
}

TEST_CASE("a list is narrowed by type, workflow, owner and states, alone and together") {
    FOR_EACH_DRIVER(s);
    fill(s);
    JobQuery query;
    query.any_owner = true;
    query.newest_first = true;
    query.type = "even";
    CHECK(paged(s, query, 2) == Keys{8, 6, 4, 2});
    query.state = JobState::queued;
    CHECK(paged(s, query, 2) == Keys{8, 6, 4});
    query.any_owner = false;
    query.owner = "b";
    CHECK(listed(s, query) == Keys{6});
    query = JobQuery();
    query.any_owner = true;
    query.workflow_id = job_id(1);
    CHECK(paged(s, query, 1) == Keys{4, 5, 6});
    query.type = "even";
    CHECK(paged(s, query, 1) == Keys{4, 6});
    query.any_owner = false;
    CHECK(listed(s, query) == Keys{4});
    query = JobQuery();
    query.states = {JobState::queued, JobState::completed};
    query.newest_first = true;
    CHECK(paged(s, query, 1) == Keys{4, 1});
    query.owner = "a";
    CHECK(paged(s, query, 1) == Keys{8, 5, 2});
    query.type = "even";
    CHECK(listed(s, query) == Keys{8, 2});
}

TEST_CASE("a job stays while the workflow that it is part of is open") {
    FOR_EACH_DRIVER(s);
    RetentionRules rules;
    rules.terminal_per_owner = 0;
    rules.pool_count = 0;
    fill(s);
    s.move_to(5, JobState::completed);
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(!s.job(2));
    CHECK(s.job(5));
    if (driver != StoreDriver::memory) s.reopen();
    s.move_to(1, JobState::completed);
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(!s.job(5));
    CHECK(!s.job(1));
    CHECK(s.job(4));
}

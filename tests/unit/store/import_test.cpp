#include "base/ids.hpp"
#include "store/json/json_store.hpp"
#include "unit/store/sqlite_support.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

const char* const foreign = R"({"version":1,"jobs":[
  {"id":"7d9f0c1e-newer","type":"file_change_explain","version":1,"projectId":"p1","sourceSessionId":"s1","priority":"background",
   "state":"queued","dedupeKey":"p1:t:u:i","payload":{"diff":"x"},"result":null,"error":null,"attempts":0,"maxAttempts":2,
   "createdAt":"2026-02-01T00:00:01.000Z","startedAt":null,"completedAt":null,"cancelRequestedAt":null,
   "runningContext":{"threadId":null,"turnId":null}},
  {"id":"1b2c-older","type":"suggest_reply","version":1,"projectId":"p1","sourceSessionId":"s1","priority":"interactive",
   "state":"completed","dedupeKey":null,"payload":{},"result":{"suggestion":"hi"},"error":null,"attempts":1,"maxAttempts":2,
   "createdAt":"2026-02-01T00:00:00.000Z","startedAt":"2026-02-01T00:00:00.100Z","completedAt":"2026-02-01T00:00:00.350Z",
   "cancelRequestedAt":null,"runningContext":{"threadId":"t","turnId":"u"}},
  {"id":"bad","type":"suggest_reply","state":"???"}]})";

std::vector<Job> jobs_of(Store& store, std::string owner) {
    JobQuery query;
    query.owner = std::move(owner);
    return run_task(store.jobs(query)).jobs;
}

}  // namespace

TEST_CASE("the first start takes over the jobs of another implementation, once") {
    SqliteFixture s;
    s.close();
    std::filesystem::remove(s.database());
    s.dir.write("orchestrator-jobs.json", foreign);
    s.open();
    auto jobs = jobs_of(*s.store, "p1");
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].metadata.at("importedId") == "1b2c-older");
    CHECK(jobs[0].state == JobState::completed);
    CHECK(jobs[0].priority == interactive_priority);
    CHECK(jobs[0].result == json::object{{"suggestion", "hi"}});
    CHECK(jobs[0].running == RunningContext{"t", "u"});
    CHECK(jobs[1].metadata.at("importedId") == "7d9f0c1e-newer");
    CHECK(jobs[1].state == JobState::queued);
    CHECK(jobs[1].dedupe_key == "p1:t:u:i");
    CHECK(jobs[1].payload == json::object{{"diff", "x"}});
    CHECK(iso(jobs[1].created_at) == "2026-02-01T00:00:01.000Z");
    CHECK(s.store->highest_job_key() == jobs[1].key);
    CHECK(s.store->counts().by_state[JobState::queued] == 1);
    CHECK(!s.dir.named_like("orchestrator-jobs.json.imported-").empty());
    CHECK(!s.dir.named_like("orchestrator-jobs.json.unreadable-").empty());
    CHECK(s.store->health().notice.find("unreadable") != std::string::npos);
    CHECK(!std::filesystem::exists(s.dir.file("orchestrator-jobs.json")));
    s.close();
    s.dir.write("orchestrator-jobs.json", foreign);
    s.open();
    CHECK(jobs_of(*s.store, "p1").size() == 2);
    CHECK(std::filesystem::exists(s.dir.file("orchestrator-jobs.json")));
}

TEST_CASE("what the json driver kept moves whole into the database") {
    SqliteFixture s;
    s.close();
    std::filesystem::remove(s.database());
    std::int64_t order = 0;
    {
        JsonStore old(s.dir.path().string(), s.clock);
        run_task(old.open());
        for (std::int64_t key : {5, 9}) run_task(old.commit(SqliteFixture::inserting(key))).value();
        Job done = a_job(9);
        done.state = JobState::completed;
        done.completed_at = s.clock.now;
        Mutation finish;
        finish.updates.emplace_back(done, JobState::queued, 0);
        run_task(old.commit(std::move(finish))).value();
        order = run_task(old.record("row", "s", "9"))->order;
        run_task(old.close());
    }
    s.open();
    CHECK(run_task(s.store->job(5))->payload == json::object{{"n", 5}});
    CHECK(run_task(s.store->job(9))->state == JobState::completed);
    CHECK(run_task(s.store->job(9))->metadata.is_null());
    CHECK(run_task(s.store->record("row", "s", "9"))->order == order);
    CHECK(run_task(s.store->events(0, 10, EventFilter(), 10)).events.size() == 2);
    CHECK(s.store->counts().completed_24h == 1);
    CHECK(s.commit(SqliteFixture::inserting(10)).value().events.at(0).seq == 3);
    s.close();
    s.open();
    CHECK(s.has(10));
    CHECK(s.store->counts().completed_24h == 1);
}

TEST_CASE("a file that is no snapshot is set aside and the database starts empty") {
    SqliteFixture s;
    s.close();
    std::filesystem::remove(s.database());
    s.dir.write("orchestrator-jobs.json", "{");
    s.open();
    CHECK(!s.dir.named_like("orchestrator-jobs.json.corrupt-").empty());
    s.insert(1);
}

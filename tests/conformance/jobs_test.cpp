#include "base/ids.hpp"
#include "base/json_read.hpp"
#include "conformance/drivers.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

Job full_job() {
    Job job = a_job(41, "project-a");
    job.type = "suggest_reply";
    job.version = 3;
    job.source_session_id = "ses_1";
    job.priority = 1;
    job.state = JobState::pending;
    job.dedupe_key = "k";
    job.dedupe_match = "suggest_reply|ses_1|k";
    job.payload = {{"text", "a \"quoted\" naïve 🙂 text"}, {"list", {1, 2.5, nullptr, true}}};
    job.result = json::object{{"ok", true}};
    job.error = "some_reason: and text";
    job.run = 4;
    job.attempts = 2;
    job.max_attempts = 5;
    job.attempt_returned = true;
    job.created_at = from_ms(1'800'000'000'001);
    job.started_at = from_ms(1'800'000'000'002);
    job.completed_at = from_ms(1'800'000'000'003);
    job.cancel_requested_at = from_ms(1'800'000'000'004);
    job.next_attempt_at = from_ms(1'800'000'000'005);
    job.last_attempt_at = from_ms(1'800'000'000'006);
    job.cancel_reason = "user";
    job.running = RunningContext{"thread", "turn"};
    job.progress = json::object{{"percent", 7}};
    job.dispatch = json::object{{"rule", "aged"}};
    job.client_id = "mine-1";
    job.name = "a name";
    job.dependencies = {{7, job_id(7)}, {8, "my-eight"}};
    job.open_dependencies = 2;
    job.timeout = Millis{1500};
    job.executor = "worker";
    job.workflow_id = "wf_1";
    job.token_usage = json::object{{"total", 12}};
    job.metadata = json::object{{"tag", "x"}};
    job.worker_id = "w1";
    job.scheduled_for = from_ms(1'800'000'000'007);
    job.expires_at = from_ms(1'800'000'000'008);
    return job;
}

void require_same(const Job& a, const Job& b) {
    CHECK(a.key == b.key);
    CHECK(a.type == b.type);
    CHECK(a.version == b.version);
    CHECK(a.owner == b.owner);
    CHECK(a.source_session_id == b.source_session_id);
    CHECK(a.priority == b.priority);
    CHECK(a.state == b.state);
    CHECK(a.dedupe_key == b.dedupe_key);
    CHECK(a.dedupe_match == b.dedupe_match);
    CHECK(a.payload == b.payload);
    CHECK(a.result == b.result);
    CHECK(a.error == b.error);
    CHECK(a.run == b.run);
    CHECK(a.attempts == b.attempts);
    CHECK(a.max_attempts == b.max_attempts);
    CHECK(a.attempt_returned == b.attempt_returned);
    CHECK(a.created_at == b.created_at);
    CHECK(a.started_at == b.started_at);
    CHECK(a.completed_at == b.completed_at);
    CHECK(a.cancel_requested_at == b.cancel_requested_at);
    CHECK(a.next_attempt_at == b.next_attempt_at);
    CHECK(a.last_attempt_at == b.last_attempt_at);
    CHECK(a.cancel_reason == b.cancel_reason);
    CHECK(a.running == b.running);
    CHECK(a.progress == b.progress);
    CHECK(a.dispatch == b.dispatch);
    CHECK(a.client_id == b.client_id);
    CHECK(a.name == b.name);
    CHECK(a.dependencies == b.dependencies);
    CHECK(a.open_dependencies == b.open_dependencies);
    CHECK(a.timeout == b.timeout);
    CHECK(a.executor == b.executor);
    CHECK(a.workflow_id == b.workflow_id);
    CHECK(a.token_usage == b.token_usage);
    CHECK(a.metadata == b.metadata);
    CHECK(a.worker_id == b.worker_id);
    CHECK(a.scheduled_for == b.scheduled_for);
    CHECK(a.expires_at == b.expires_at);
}

Problem refusal(StoreFixture& s, Mutation mutation) {
    auto result = s.try_commit(std::move(mutation));
    REQUIRE(!result);
    return result.error();
}

}  // namespace

TEST_CASE("a job comes back with every field it was given") {
    FOR_EACH_DRIVER(s);
    s.insert(full_job());
    require_same(*s.job(41), full_job());
    Job bare = a_job(42);
    s.insert(bare);
    require_same(*s.job(42), bare);
    CHECK(!s.job(43));
    CHECK(s.store->highest_job_key() == 42);
}

TEST_CASE("whatever is let in comes back as it was, however deep and to the last digit") {
    FOR_EACH_DRIVER(s);
    std::string levels = std::string(61, '[') + std::string(61, ']');
    Job job = a_job(1);
    job.payload = read_json(R"({"deep":)" + levels + R"(,"small":5.113571873002146e-09,"large":1.7976931348623157e308})").value().as_object();
    job.result = json::object{{"output", job.payload}};
    job.metadata = job.payload;
    s.insert(job);
    RecordPut put("note", "", "deep", job.payload);
    Mutation mutation;
    mutation.effects.puts.push_back(put);
    s.commit(std::move(mutation));
    if (driver != StoreDriver::memory) s.reopen();
    REQUIRE(s.job(1));
    CHECK(s.job(1)->payload == job.payload);
    CHECK(s.job(1)->result == job.result);
    CHECK(s.job(1)->metadata == job.metadata);
    REQUIRE(s.record("note", "", "deep"));
    CHECK(s.record("note", "", "deep")->body == job.payload);
}

TEST_CASE("an update writes what may change and keeps what may not") {
    FOR_EACH_DRIVER(s);
    Job job = a_job(1);
    job.dedupe_match = "m";
    s.insert(job);
    Job next = full_job();
    next.key = 1;
    next.state = JobState::running;
    Mutation mutation;
    mutation.updates.emplace_back(next, JobState::queued, 0);
    s.commit(std::move(mutation));
    Job expected = next;
    expected.type = job.type;
    expected.version = job.version;
    expected.owner = job.owner;
    expected.payload = job.payload;
    expected.dedupe_key = job.dedupe_key;
    expected.dedupe_match = job.dedupe_match;
    expected.created_at = job.created_at;
    expected.client_id = job.client_id;
    expected.name = job.name;
    expected.dependencies = job.dependencies;
    expected.open_dependencies = job.open_dependencies;
    expected.timeout = job.timeout;
    expected.executor = job.executor;
    require_same(*s.job(1), expected);
}

TEST_CASE("an update on another state or run than it was decided on is refused") {
    FOR_EACH_DRIVER(s);
    s.insert(a_job(1));
    auto running = s.move_to(1, JobState::running);
    Mutation stale_state;
    stale_state.updates.emplace_back(running, JobState::queued, 1);
    CHECK(refusal(s, std::move(stale_state)).code == "stale_job");
    Mutation stale_run;
    stale_run.updates.emplace_back(running, JobState::running, 0);
    CHECK(refusal(s, std::move(stale_run)).code == "stale_job");
    Mutation missing;
    missing.updates.emplace_back(a_job(9), JobState::queued, 0);
    CHECK(refusal(s, std::move(missing)).code == "stale_job");
    CHECK(s.job(1)->state == JobState::running);
}

TEST_CASE("a fence lets only the run that is under way through") {
    FOR_EACH_DRIVER(s);
    s.insert(a_job(1));
    s.move_to(1, JobState::running);
    auto fenced = [](int run) {
        Mutation mutation;
        mutation.fences.emplace_back(1, run);
        mutation.effects.puts.emplace_back("row", "s", "k", json::object{{"run", run}});
        return mutation;
    };
    CHECK(refusal(s, fenced(2)).code == "stale_run");
    CHECK(!s.record("row", "s", "k"));
    s.commit(fenced(1));
    CHECK(s.record("row", "s", "k")->body.at("run") == 1);
    s.move_to(1, JobState::completed);
    CHECK(refusal(s, fenced(1)).code == "stale_run");
}

TEST_CASE("a job key is used once") {
    FOR_EACH_DRIVER(s);
    s.insert(a_job(5));
    Mutation again;
    again.inserts.emplace_back();
    again.inserts[0].job = a_job(5);
    CHECK(refusal(s, std::move(again)).code == "job_exists");
    s.insert(a_job(4));  // later in time, smaller in key
    CHECK(s.store->highest_job_key() == 5);
}

TEST_CASE("a list names an owner's jobs by rising key, a page at a time") {
    FOR_EACH_DRIVER(s);
    for (int key = 1; key <= 7; ++key) s.insert(a_job(key, key == 4 ? "other" : "p1"));
    s.move_to(2, JobState::running);
    s.move_to(5, JobState::failed);
    JobQuery query;
    query.owner = "p1";
    query.limit = 4;
    auto page = run_task(s.store->jobs(query));
    REQUIRE(page.jobs.size() == 4);
    CHECK(page.jobs[0].key == 1);
    CHECK(page.jobs[1].payload == json::object{{"n", 2}});
    CHECK(page.jobs[3].key == 5);
    REQUIRE(page.next == 5);
    query.after = *page.next;
    auto rest = run_task(s.store->jobs(query));
    REQUIRE(rest.jobs.size() == 2);
    CHECK(!rest.next);
    query.after = 0;
    query.state = JobState::queued;
    CHECK(run_task(s.store->jobs(query)).jobs.size() == 4);
    CHECK(!run_task(s.store->jobs(query)).next);
    query.owner = "nobody";
    CHECK(run_task(s.store->jobs(query)).jobs.empty());
}

TEST_CASE("a list without an owner is that of the pool") {
    FOR_EACH_DRIVER(s);
    s.insert(a_job(1, ""));
    s.insert(a_job(2, "p1"));
    auto page = run_task(s.store->jobs(JobQuery()));
    REQUIRE(page.jobs.size() == 1);
    CHECK(page.jobs[0].key == 1);
}

TEST_CASE("open jobs are named with what the lanes need, and leave when they end") {
    FOR_EACH_DRIVER(s);
    Job first = a_job(1);
    first.priority = 2;
    first.next_attempt_at = from_ms(5);
    first.source_session_id = "ses";
    s.insert(first);
    s.insert(a_job(2, "p2"));
    s.insert(a_job(3));
    s.move_to(2, JobState::running);
    s.move_to(3, JobState::canceled);
    auto open = run_task(s.store->open_jobs(0, 10));
    REQUIRE(open.size() == 2);
    CHECK(open[0].key == 1);
    CHECK(open[0].owner == "p1");
    CHECK(open[0].type == "noop");
    CHECK(open[0].priority == 2);
    CHECK(open[0].created_at == first.created_at);
    CHECK(open[0].next_attempt_at == from_ms(5));
    CHECK(open[1].state == JobState::running);
    CHECK(run_task(s.store->open_jobs(1, 10)).size() == 1);
    CHECK(run_task(s.store->open_jobs(0, 1)).size() == 1);
    CHECK(run_task(s.store->open_jobs_of_session("ses")) == std::vector<std::int64_t>{1});
    s.move_to(1, JobState::completed);
    CHECK(run_task(s.store->open_jobs_of_session("ses")).empty());
    CHECK(run_task(s.store->open_jobs(0, 10)).size() == 1);
}

TEST_CASE("one mutation may carry many jobs, in order") {
    FOR_EACH_DRIVER(s);
    Mutation mutation;
    for (int key = 1; key <= 300; ++key) {
        mutation.inserts.emplace_back();
        mutation.inserts.back().job = a_job(key, "p" + std::to_string(key % 3));
        mutation.inserts.back().effects.events.emplace_back("e", "t", json::object{{"k", key}});
    }
    auto committed = s.commit(std::move(mutation));
    REQUIRE(committed.inserted.size() == 300);
    REQUIRE(committed.events.size() == 300);
    for (int i = 0; i < 300; ++i) {
        CHECK(committed.inserted[std::size_t(i)].job.key == i + 1);
        CHECK(committed.events[std::size_t(i)].seq == i + 1);
    }
    CHECK(s.heard.size() == 1);
}

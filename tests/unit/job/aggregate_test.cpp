#include "base/ids.hpp"
#include "base/limits.hpp"
#include "job/aggregate.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

const WallTime now = from_ms(1'800'000'000'000);

Job an_aggregate(json::object keys = {}) {
    Job job;
    job.key = 1;
    job.type = std::string(aggregate_type);
    job.state = JobState::pending;
    job.payload = aggregate_payload("dag", 3, std::move(keys));
    return job;
}

Job ended(std::int64_t key, JobState state, json::object result = {}) {
    Job job;
    job.key = key;
    job.state = state;
    if (state == JobState::completed) job.result = std::move(result);
    else job.error = "why: " + std::to_string(key);
    return job;
}

Transition end_of(const Job& aggregate, const std::vector<Job>& jobs) {
    AggregateEnd end(aggregate);
    for (const auto& job : jobs) end.add(job);
    return end.transition(now);
}

}  // namespace

TEST_CASE("a workflow says how many of its jobs have ended") {
    Job job = an_aggregate();
    job.open_dependencies = 2;
    CHECK(aggregate_progress(job) == json::object{{"total", 3}, {"ended", 1}, {"open", 2}});
}

TEST_CASE("a job that runs under the word of a workflow is none") {
    Job job = an_aggregate();
    CHECK(is_aggregate(job));
    job.executor = "prompt";
    CHECK_FALSE(is_aggregate(job));
}

TEST_CASE("outputs stand under keys, or ids where there is none, and are what each result calls its output") {
    Job client = ended(3, JobState::completed, {{"output", {1, 2}}, {"source", "x"}});
    client.client_id = "mine";
    auto end = end_of(an_aggregate({{job_id(2), "first"}}), {ended(2, JobState::completed, {{"n", 1}}), client});
    CHECK(end.event == JobEvent::complete);
    CHECK(end.next.result->at("results") == json::object{{"first", {{"n", 1}}}, {"mine", {1, 2}}});
    CHECK_FALSE(end.next.result->contains("truncated"));
}

TEST_CASE("a workflow begins with the first of its jobs that did") {
    Job early = ended(2, JobState::completed), late = ended(3, JobState::completed);
    early.started_at = now - Millis{500};
    late.started_at = now - Millis{100};
    CHECK(end_of(an_aggregate(), {late, early, ended(4, JobState::completed)}).next.started_at == early.started_at);
    CHECK_FALSE(end_of(an_aggregate(), {ended(2, JobState::canceled)}).next.started_at);
}

TEST_CASE("a failure counts more than a cancel, unless the cancel was of the whole") {
    std::vector<Job> jobs{ended(2, JobState::canceled), ended(3, JobState::failed), ended(4, JobState::completed)};
    Job job = an_aggregate();
    CHECK(end_of(job, jobs).next.error == "workflow_failed: 1 of 3 failed");
    job.cancel_requested_at = now;
    job.cancel_reason = "user_requested";
    auto end = end_of(job, jobs);
    CHECK(end.event == JobEvent::cancel);
    CHECK(end.next.error == "user_requested");
    CHECK(end_of(job, {ended(3, JobState::failed)}).event == JobEvent::fail);
}

TEST_CASE("a result that would be too large keeps the first outputs and says so") {
    std::vector<Job> jobs;
    std::string part(300 * limits::kib, 'x');
    for (int i = 2; i < 8; ++i) jobs.push_back(ended(i, JobState::completed, {{"output", part}}));
    auto end = end_of(an_aggregate(), jobs);
    const auto& results = end.next.result->at("results").as_object();
    CHECK(results.size() == 6);
    CHECK(results.at(job_id(2)).is_string());
    CHECK(results.at(job_id(4)).is_string());
    CHECK(results.at(job_id(5)).is_null());
    CHECK(results.at(job_id(7)).is_null());
    CHECK(end.next.result->at("truncated") == true);
    CHECK(end.next.result->at("allSuccess") == true);
    CHECK(json::serialize(*end.next.result).size() <= limits::job_result);
}

TEST_CASE("ten thousand long errors and long keys fit as well, all jobs named") {
    json::object keys;
    std::vector<Job> jobs;
    for (std::int64_t i = 2; i < 10'002; ++i) {
        keys[job_id(i)] = std::string(59, 'k') + std::to_string(10'000 + i);
        jobs.push_back(ended(i, i % 2 ? JobState::failed : JobState::completed, {{"output", "some words"}}));
        if (jobs.back().error) jobs.back().error = std::string(2000, 'e');
    }
    auto end = end_of(an_aggregate(std::move(keys)), jobs);
    CHECK(json::serialize(*end.next.result).size() <= limits::job_result);
    CHECK(end.next.result->at("results").as_object().size() == 10'000);
    CHECK(end.next.result->at("truncated") == true);
    CHECK(end.next.error == "workflow_failed: 5000 of 10000 failed");
}

// What a log says of a job: one line a transition, flat, and nothing of what is in the job (queue.md 12).
#include "queue/job_line.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

Job waiting_job() {
    Job job;
    job.key = 7;
    job.type = "suggest_reply";
    job.owner = "p1";
    job.state = JobState::queued;
    job.payload = {{"draft", "a secret"}};
    return job;
}

json::object written(const JobLine& line) {
    return json::parse(format_log_line(LogFormat::json, "now", LogLevel::info, "job", line.fields())).as_object();
}

}  // namespace

TEST_CASE("the line of a new job says that it came from nowhere, and has no fields that say nothing") {
    auto job = waiting_job();
    auto line = written(JobLine(job, "none", "", Millis{0}, Millis{0}));
    CHECK(line.at("jobId").as_string() == job.id());
    CHECK(line.at("projectId").as_string() == "p1");
    CHECK(line.at("from").as_string() == "none");
    CHECK(line.at("to").as_string() == "queued");
    CHECK_FALSE(line.contains("dispatch"));
    CHECK_FALSE(line.contains("traceparent"));
    CHECK(json::serialize(line).find("secret") == std::string::npos);
}

TEST_CASE("the line of a start says in flat fields why the job was chosen, later ones do not") {
    auto job = waiting_job();
    job.dispatch = {{"rule", "aged"}, {"waitMs", 5}, {"passedOver", 3}};
    job.state = JobState::running;
    auto line = written(JobLine(job, "queued", "", Millis{5}, Millis{0}));
    CHECK(line.at("dispatch").as_string() == "aged");
    CHECK(line.at("passedOver").to_number<int>() == 3);
    CHECK(line.at("waitMs").to_number<int>() == 5);
    job.state = JobState::completed;
    CHECK_FALSE(written(JobLine(job, "running", "", Millis{0}, Millis{9})).contains("dispatch"));
}

TEST_CASE("the trace of the request that made a job is in every line of it, when it is one") {
    auto job = waiting_job();
    std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    job.metadata = {{"traceparent", trace}};
    CHECK(written(JobLine(job, "none", "", Millis{0}, Millis{0})).at("traceparent").as_string() == trace);
    job.metadata = {{"traceparent", std::string(5000, 'x')}};
    CHECK_FALSE(written(JobLine(job, "none", "", Millis{0}, Millis{0})).contains("traceparent"));
}

TEST_CASE("a job of the pool is logged in the words of the document that it comes from") {
    Job job = waiting_job();
    job.type = "analyze";
    job.owner = "";
    job.priority = 2;
    auto said = [&](std::string_view from, std::string_view reason = "") {
        return JobLine(job, from, reason, Millis{0}, Millis{3400}).message();
    };
    auto id = job.id();
    CHECK(said("none") == "[JobDispatcher] Job " + id + " submitted (type=analyze, priority=2)");
    job.dependencies = {{1, "a"}};
    CHECK(said("pending") == "[DependencyResolver] Job " + id + " unblocked (all dependencies satisfied)");
    CHECK(said("running", "flaky") == "[AgentWorker] Job " + id + " queued (flaky)");
    job.state = JobState::running;
    CHECK(said("queued") == "[AgentWorker] Job " + id + " started");
    job.state = JobState::completed;
    CHECK(said("running") == "[AgentWorker] Job " + id + " completed (duration: 3400ms)");
    job.token_usage = {{"input", 1500}, {"output", 500}};
    CHECK(said("running") == "[AgentWorker] Job " + id + " completed (tokens: 1500 in, 500 out, duration: 3400ms)");
    job.state = JobState::canceled;
    CHECK(said("queued", "user") == "[JobDispatcher] Job " + id + " cancelled (user)");
    job.owner = "p1";
    CHECK(said("queued") == "job");
}

#include "wire/job_view.hpp"
#include "support/catch.hpp"

#include <set>
#include <string>

using namespace lanekeeper;

namespace {

Job fresh() {
    Job job;
    job.key = 1;
    job.type = "noop";
    job.owner = "p_1";
    job.max_attempts = 2;
    job.created_at = from_ms(1'700'000'000'000);
    return job;
}

}  // namespace

TEST_CASE("A fresh job shows every member, null where it has not happened") {
    auto view = wire::job_view(fresh(), wire::Reader::operator_);
    for (const char* name : {"sourceSessionId", "dedupeKey", "result", "error", "startedAt", "completedAt", "cancelRequestedAt",
                             "nextAttemptAt", "lastAttemptAt", "cancelReason", "progress", "dispatch", "workflowId",
                             "tokenUsage", "metadata", "workerId", "scheduledFor", "expiresAt"}) {
        INFO(name);
        REQUIRE(view.contains(name));
        CHECK(view.at(name).is_null());
    }
    CHECK(view.at("createdAt") == "2023-11-14T22:13:20.000Z");
    CHECK(view.at("priority") == "background");
    CHECK(view.at("state") == "queued");
    CHECK(view.at("projectId") == "p_1");
    CHECK(json::serialize(view.at("runningContext")) == R"({"threadId":null,"turnId":null})");
    CHECK(view.at("payload").is_object());
    CHECK(view.at("dependencies").is_array());
    CHECK(view.at("id").as_string() == json::string_view(fresh().id()));
}

TEST_CASE("States and priorities are said in the mission's words") {
    std::set<std::string> words;
    for (auto state : {JobState::pending, JobState::queued, JobState::running, JobState::completed, JobState::failed,
                       JobState::canceled, JobState::expired})
        words.insert(std::string(wire::state_word(state)));
    CHECK(words == std::set<std::string>{"queued", "running", "completed", "failed", "canceled"});
    CHECK(wire::state_word(JobState::pending) == "queued");
    CHECK(wire::state_word(JobState::expired) == "failed");
    auto job = fresh();
    job.priority = 0;
    CHECK(wire::job_view(job, wire::Reader::user).at("priority") == "interactive");
}

TEST_CASE("A page of jobs continues after the id of its last") {
    auto page = wire::job_list({fresh()}, 1, wire::Reader::operator_);
    CHECK(page.at("data").as_array().size() == 1);
    CHECK(page.at("nextCursor").as_string() == json::string_view(fresh().id()));
    CHECK(wire::job_list({}, {}, wire::Reader::user).at("nextCursor").is_null());
}

TEST_CASE("Only an operator reads on which hidden session a job runs") {
    auto job = fresh();
    job.state = JobState::running;
    job.running = RunningContext{"thread_hidden", "turn_1"};
    CHECK(wire::job_view(job, wire::Reader::operator_).at("runningContext") ==
          json::value{{"threadId", "thread_hidden"}, {"turnId", "turn_1"}});
    CHECK(wire::job_view(job, wire::Reader::user).at("runningContext") == json::value{{"threadId", nullptr}, {"turnId", nullptr}});
    auto page = json::serialize(wire::job_list({job}, {}, wire::Reader::user));
    CHECK(page.find("thread_hidden") == std::string::npos);
}

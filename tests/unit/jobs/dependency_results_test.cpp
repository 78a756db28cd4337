#include "base/limits.hpp"
#include "jobs/dependency_results.hpp"
#include "support/catch.hpp"
#include "support/pool_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

Job ended(JobState state, std::optional<json::object> result = {}) {
    Job job;
    job.state = state;
    job.result = std::move(result);
    return job;
}

}  // namespace

TEST_CASE("a dependent is given what each job came to, and how it ended") {
    DependencyResults results;
    results.add("said", ended(JobState::completed, json::object{{"output", "yes"}, {"more", 1}}));
    results.add("whole", ended(JobState::completed, json::object{{"n", 1}}));
    results.add("none", ended(JobState::canceled));
    CHECK(json::value(results.take()) == json::value{{"said", {{"output", "yes"}, {"status", "completed"}}},
                                                     {"whole", {{"output", {{"n", 1}}}, {"status", "completed"}}},
                                                     {"none", {{"output", nullptr}, {"status", "cancelled"}}}});
}

TEST_CASE("outputs that would go over the bound of all are left out, and it is said of which; what fits still comes") {
    std::string large(limits::job_result - 100, 'x');
    DependencyResults results;
    for (const char* id : {"whole", "over", "over too"})
        results.add(id, ended(JobState::completed, json::object{{"output", large}}));
    results.add("small", ended(JobState::completed, json::object{{"output", 7}}));
    auto given = results.take();
    CHECK(json::serialize(given).size() < DependencyResults::most_bytes + 1000);
    CHECK(given.at("whole").at("output").as_string() == large);
    CHECK_FALSE(given.at("whole").as_object().contains("truncated"));
    for (const char* id : {"over", "over too"})
        CHECK(given.at(id) == json::value{{"output", nullptr}, {"status", "completed"}, {"truncated", true}});
    CHECK(given.at("small").at("output").as_int64() == 7);
}

TEST_CASE("what a dependent is given is of the job that it waited for, though another one has its id by now") {
    PoolRig rig;
    auto waited_for = rig.finished(rig.submit({{"name", "first"}, {"snoozeMs", 1}}));
    auto submission = rig.submission({{"name", "second"}});
    submission.client_id = "tide";
    rig.finished(rig.submit(std::move(submission)));
    Job dependent;
    dependent.dependencies = {Dependency{waited_for.key, "tide"}, Dependency{waited_for.key + 1000, "gone"}};
    auto given = rig.wait_for(dependency_results(*rig.queue, dependent));
    json::value expected = json::object{{"tide", json::object{{"output", *waited_for.result}, {"status", "completed"}}}};
    CHECK(given == expected);
}

#include "queue/submission.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace lanekeeper;

namespace {

Submission job(std::optional<std::string> key, std::vector<std::string> dependencies = {}) {
    Submission submission;
    submission.type = "noop";
    submission.key = std::move(key);
    submission.dependencies = std::move(dependencies);
    return submission;
}

Submission own(std::string id, std::vector<std::string> dependencies = {}) {
    auto submission = job({}, std::move(dependencies));
    submission.client_id = std::move(id);
    return submission;
}

using Places = std::vector<std::size_t>;
using Ids = std::vector<std::string>;

Problem refusal(Result<void> result) {
    REQUIRE(!result);
    return result.error();
}

}  // namespace

TEST_CASE("keys and places of a workflow become places, forward too, and the rest stay ids") {
    std::vector<Submission> jobs{job("a", {"c", "#1"}), job({}, {"job_other"}), job("c", {"#1"})};
    REQUIRE(link_workflow(jobs, false).has_value());
    CHECK(jobs[0].after == Places{2, 1});
    CHECK(jobs[0].dependencies.empty());
    CHECK(jobs[1].dependencies == Ids{"job_other"});
    CHECK(jobs[2].after == Places{1});
}

TEST_CASE("a sequence adds the one before to what a job names itself") {
    std::vector<Submission> jobs{job("a"), job("b", {"a"}), job({}, {"a"})};
    REQUIRE(link_workflow(jobs, true).has_value());
    CHECK(jobs[0].after.empty());
    CHECK(jobs[1].after == Places{0, 0});
    CHECK(jobs[2].after == Places{0, 1});
}

TEST_CASE("a key wins over the id of a job elsewhere, and what only looks like a place is an id") {
    std::vector<Submission> jobs{job("job_1", {}), job("b", {"job_1", "#", "#x", "#1x", "#-1"})};
    REQUIRE(link_workflow(jobs, false).has_value());
    CHECK(jobs[1].after == Places{0});
    CHECK(jobs[1].dependencies == Ids{"#", "#x", "#1x", "#-1"});
}

TEST_CASE("a place that there is not is refused with the job that names it") {
    std::vector<Submission> jobs{job("a"), job("b", {"#2"})};
    auto problem = refusal(link_workflow(jobs, false));
    CHECK(problem.code == "unknown_dependency");
    CHECK(problem.details == json::object{{"ids", {"#2"}}, {"index", 1}});
}

TEST_CASE("a key twice, or one that is the own id of another, is refused with both places") {
    std::vector<Submission> twice{job("a"), job("b"), job("a")};
    auto problem = refusal(link_workflow(twice, true));
    CHECK(problem.code == "duplicate_key");
    CHECK(problem.details == json::object{{"key", "a"}, {"indexes", {0, 2}}, {"index", 2}});
    std::vector<Submission> mixed{own("a"), job("a")};
    CHECK(refusal(link_workflow(mixed, true)).code == "duplicate_key");
    std::vector<Submission> ids{own("a"), own("a")};
    CHECK(link_workflow(ids, true).has_value());  // the store refuses those, as everywhere
}

TEST_CASE("a cycle of own ids, of keys or of places is named by them") {
    std::vector<Submission> ids{own("A", {"C"}), own("B", {"A"}), own("C", {"B"})};
    auto problem = refusal(check_cycles(ids));
    CHECK(problem.code == "cyclic_dependency");
    CHECK(problem.details.at("cycle") == json::array{"A", "C", "B", "A"});
    CHECK(problem.message == "the jobs wait for each other: A -> C -> B -> A");
    std::vector<Submission> mixed{job("first", {"#1"}), job({}, {"first"})};
    REQUIRE(link_workflow(mixed, false).has_value());
    CHECK(refusal(check_cycles(mixed)).details.at("cycle") == json::array{"first", "#1", "first"});
    std::vector<Submission> self{own("me", {"me"})};
    CHECK(refusal(check_cycles(self)).details.at("cycle") == json::array{"me", "me"});
}

TEST_CASE("a sequence whose first job waits for its last is a cycle") {
    std::vector<Submission> jobs{job("a", {"c"}), job("b"), job("c")};
    REQUIRE(link_workflow(jobs, true).has_value());
    CHECK(refusal(check_cycles(jobs)).details.at("cycle") == json::array{"a", "c", "b", "a"});
}

TEST_CASE("a long cycle is whole among the details and short in the message") {
    std::vector<Submission> jobs;
    for (int i = 0; i < 10'000; ++i) jobs.push_back(job(fmt::format("n{}", i), {fmt::format("n{}", (i + 1) % 10'000)}));
    REQUIRE(link_workflow(jobs, false).has_value());
    auto problem = refusal(check_cycles(jobs));
    CHECK(problem.details.at("cycle").as_array().size() == 10'001);
    CHECK(problem.message.size() < 300);
    CHECK(problem.message.ends_with("… -> n0"));
}

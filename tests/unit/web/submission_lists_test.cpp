// Requests for many jobs, read: what they come to, and how they are refused.
#include "base/limits.hpp"
#include "support/catch.hpp"
#include "web/handlers/submission.hpp"
#include "web/json_lines.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::web;

namespace {

const WallTime now{};
using Places = std::vector<std::size_t>;

json::value noops(std::size_t count) {
    json::array jobs;
    for (std::size_t i = 0; i < count; ++i) jobs.push_back(json::object{{"type", "noop"}});
    return jobs;
}

Issue issue(const Result<Batch>& batch) {
    REQUIRE(!batch);
    REQUIRE(batch.error().issues.size() == 1);
    return batch.error().issues.front();
}

Batch workflow(json::object body) { return read_workflow(std::move(body), now).value(); }

}  // namespace

TEST_CASE("a bulk submission is an array, or an object with one") {
    auto jobs = noops(2);
    CHECK(read_bulk(jobs, now)->jobs.size() == 2);
    CHECK(read_bulk(json::object{{"jobs", jobs}}, now)->jobs.size() == 2);
    CHECK(issue(read_bulk(json::object{}, now)).path == json::array{"jobs"});
    CHECK(issue(read_bulk(json::object{{"jobs", jobs}, {"more", 1}}, now)).path == json::array{"more"});
    CHECK(issue(read_bulk(json::value("noop"), now)).code == "invalid_type");
}

TEST_CASE("a bulk submission has 1 to 1000 jobs") {
    CHECK(read_bulk(noops(1000), now).has_value());
    CHECK(issue(read_bulk(noops(1001), now)).code == "too_big");
    CHECK(issue(read_bulk(noops(0), now)).code == "too_small");
    CHECK(issue(read_bulk(json::object{{"jobs", json::array{}}}, now)).path == json::array{"jobs"});
}

TEST_CASE("the first job of a list that does not fit is named by its place") {
    json::array jobs{{{"type", "noop"}}, {{"type", "noop"}, {"priority", 11}}, {{"type", 1}}};
    auto refused = read_bulk(jobs, now);
    CHECK(issue(refused).path == json::array{1, "priority"});
    CHECK(refused.error().details.at("index") == 1);
    CHECK(issue(read_bulk(json::object{{"jobs", jobs}}, now)).path == json::array{"jobs", 1, "priority"});
    jobs[1] = {{"type", "noop"}, {"jobId", "health"}};
    CHECK(issue(read_bulk(jobs, now)).path == json::array{1, "jobId"});
    jobs[1] = {{"type", "noop"}, {"key", "a"}};
    CHECK(issue(read_bulk(jobs, now)).path == json::array{1, "key"});
}

TEST_CASE("a workflow is a sequence unless it says otherwise, and batch is another word for parallel") {
    json::array jobs{{{"type", "a"}, {"key", "first"}}, {{"type", "b"}}, {{"type", "c"}, {"dependencies", {"first"}}}};
    auto sequence = workflow({{"name", "w"}, {"jobs", jobs}});
    CHECK(sequence.workflow->mode == "sequential");
    CHECK(sequence.workflow->name == "w");
    CHECK(sequence.jobs[1].after == Places{0});
    CHECK(sequence.jobs[2].after == Places{0, 1});
    CHECK(sequence.list == json::array{"jobs"});
    for (const char* mode : {"parallel", "batch"}) {
        auto parallel = workflow({{"name", "w"}, {"mode", mode}, {"steps", jobs}});
        CHECK(parallel.workflow->mode == "parallel");
        CHECK(parallel.jobs[1].after.empty());
        CHECK(parallel.list == json::array{"steps"});
    }
    CHECK(workflow({{"name", "w"}, {"mode", "dag"}, {"jobs", jobs}}).jobs[2].after == Places{0});
}

TEST_CASE("a workflow that does not fit is refused with the member") {
    auto jobs = noops(1);
    CHECK(issue(read_workflow(json::object{{"jobs", jobs}}, now)).path == json::array{"name"});
    CHECK(issue(read_workflow(json::object{{"name", "w"}}, now)).path == json::array{"jobs"});
    CHECK(issue(read_workflow(json::object{{"name", "w"}, {"jobs", jobs}, {"steps", jobs}}, now)).path == json::array{"steps"});
    CHECK(issue(read_workflow(json::object{{"name", "w"}, {"mode", "odd"}, {"jobs", jobs}}, now)).path == json::array{"mode"});
    CHECK(issue(read_workflow(json::object{{"name", "w"}, {"jobs", noops(10'001)}}, now)).code == "too_big");
    json::array bad{{{"type", "noop"}, {"key", "a b"}}};
    CHECK(issue(read_workflow(json::object{{"name", "w"}, {"steps", bad}}, now)).path == json::array{"steps", 0, "key"});
}

TEST_CASE("one request has at most fifty thousand dependencies") {
    json::array before, jobs;
    for (int i = 0; i < 10'000; ++i) before.emplace_back(fmt::format("k{}", i));
    for (int i = 0; i < 6; ++i) jobs.push_back({{"type", "noop"}, {"dependencies", before}});
    auto refused = read_workflow(json::object{{"name", "w"}, {"mode", "dag"}, {"jobs", jobs}}, now);
    CHECK(issue(refused).path == json::array{"jobs", 5, "dependencies"});
}

TEST_CASE("lines of JSON are an array, and empty ones nothing") {
    auto read = read_json_lines("{\"a\":1}\r\n\n  \n[2]\n3", 3).value();
    CHECK(read == json::array{{{"a", 1}}, {2}, 3});
    CHECK(read_json_lines("", 3).value() == json::array{});
}

TEST_CASE("a line that is no JSON is named by its number, and where reading stopped in the whole") {
    auto refused = read_json_lines("{}\n\n{\"a\":}\n{}", 10);
    REQUIRE(!refused);
    CHECK(refused.error().code == "invalid_json");
    CHECK(refused.error().details.at("line") == 3);
    CHECK(refused.error().details.at("offset").to_number<int>() >= 8);
    CHECK(refused.error().details.at("offset").to_number<int>() <= 10);
    CHECK(!read_json_lines("1 2", 10));
    CHECK(!read_json_lines("{\"a\":\n1}", 10));
}

TEST_CASE("more lines than are taken are refused before they are read") {
    auto refused = read_json_lines("1\n2\n3\nnot JSON", 2);
    REQUIRE(!refused);
    CHECK(refused.error().code == "invalid_request");
}

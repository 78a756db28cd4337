// Requests that ask for many jobs at once: bulk submissions and workflows.
#include "base/limits.hpp"
#include "web/handlers/submission.hpp"
#include "web/input.hpp"
#include "wire/submission_schema.hpp"

#include <fmt/format.h>

namespace lanekeeper::web {
namespace {

Problem of_place(Problem problem, const json::array& list, std::size_t index) {
    for (auto& issue : problem.issues) {
        json::array path = list;
        path.emplace_back(index);
        for (auto& step : issue.path) path.push_back(std::move(step));
        issue.path = std::move(path);
    }
    problem.details["index"] = index;
    return problem;
}

/// One by one: the first that does not fit is named.
Result<std::vector<Submission>> read_all(const json::array& values, const json::array& list, const Schema& schema, WallTime now) {
    std::vector<Submission> jobs;
    std::size_t edges = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto one = read_submission_as(schema, values[i], now);
        if (!one) return of_place(one.error(), list, i);
        edges += one->dependencies.size();
        if (edges > limits::workflow_edges) {
            auto rule = fmt::format("one request has at most {} dependencies", limits::workflow_edges);
            return of_place(invalid_input("too_big", {"dependencies"}, std::move(rule)), list, i);
        }
        jobs.push_back(std::move(*one));
    }
    return jobs;
}

Result<const json::array*> jobs_of_bulk(const json::value& body, json::array& list) {
    const auto* values = body.if_array();
    if (!values) {
        static const Schema frame = Schema::object({required("jobs", Schema::array(Schema::any()))});
        if (auto fits = check_input(frame, body); !fits) return fits.error();
        values = &body.as_object().at("jobs").as_array();
        list.emplace_back("jobs");
    }
    if (!values->empty() && values->size() <= limits::bulk_jobs) return values;
    return invalid_input(values->empty() ? "too_small" : "too_big", list, fmt::format("must be 1 to {} jobs", limits::bulk_jobs));
}

Result<const json::array*> jobs_of_workflow(const json::object& body, json::array& list) {
    const auto* jobs = body.if_contains("jobs");
    const auto* steps = body.if_contains("steps");
    if (jobs && steps) return invalid_input("invalid_value", {"steps"}, "is another name for jobs: give one of them");
    if (!jobs && !steps) return invalid_input("required", {"jobs"}, "is required");
    list.emplace_back(jobs ? "jobs" : "steps");
    return &(jobs ? jobs : steps)->as_array();
}

std::string mode_of(const json::object& body) {
    const auto* mode = body.if_contains("mode");
    if (!mode) return "sequential";
    return mode->as_string() == "batch" ? "parallel" : std::string(mode->as_string());
}

}  // namespace

Result<Batch> read_bulk(const json::value& body, WallTime now) {
    json::array list;
    auto values = jobs_of_bulk(body, list);
    if (!values) return values.error();
    auto jobs = read_all(**values, list, wire::submission_schema(), now);
    if (!jobs) return jobs.error();
    Batch batch(std::move(*jobs));
    batch.list = std::move(list);
    return batch;
}

Result<Batch> read_workflow(const json::value& value, WallTime now) {
    if (auto fits = check_input(wire::workflow_frame_schema(), value); !fits) return fits.error();
    const auto& body = value.as_object();
    json::array list;
    auto values = jobs_of_workflow(body, list);
    if (!values) return values.error();
    auto jobs = read_all(**values, list, wire::workflow_job_schema(), now);
    if (!jobs) return jobs.error();
    Batch batch(std::move(*jobs));
    batch.workflow.emplace(std::string(body.at("name").as_string()), mode_of(body));
    batch.list = std::move(list);
    if (auto ok = link_workflow(batch.jobs, batch.workflow->mode == "sequential"); !ok) return ok.error();
    return batch;
}

}  // namespace lanekeeper::web

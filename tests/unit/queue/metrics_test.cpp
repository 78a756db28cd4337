#include "queue/metrics.hpp"
#include "support/catch.hpp"
#include "support/exposition.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <thread>
#include <vector>

using namespace lanekeeper;
using namespace std::chrono_literals;
using lanekeeper::testing::Exposition;

TEST_CASE("metrics without any event are already valid, with every family present") {
    auto metrics = make_metrics();
    Exposition page(metrics->render());
    for (const char* name :
         {"lanekeeper_jobs_enqueued_total", "lanekeeper_dedupe_hits_total", "lanekeeper_attempts_total", "lanekeeper_retries_total",
          "lanekeeper_failures_total", "lanekeeper_cancels_total", "lanekeeper_job_wait_seconds", "lanekeeper_job_run_seconds",
          "lanekeeper_aged_background_wait_seconds", "lanekeeper_abandoned_runners", "lanekeeper_explain_deferred_total",
          "lanekeeper_event_loop_lag_seconds"}) {
        INFO(name);
        REQUIRE(page.families.contains(name));
        CHECK_FALSE(page.families.at(name).help.empty());
    }
    CHECK(page.at("lanekeeper_aged_background_wait_seconds_count") == 0);
}

TEST_CASE("a job's way is counted by type: enqueued, started, retried, ended") {
    auto metrics = make_metrics();
    metrics->enqueued("noop");
    metrics->enqueued("noop");
    metrics->deduped("suggest_reply");
    metrics->started("noop", 30ms, false);
    metrics->ended("noop", "retry", "timeout", 2000ms);
    metrics->started("noop", 20s, true);
    metrics->ended("noop", "failed", "timeout", 700s);
    metrics->ended("noop", "canceled", "user", Millis{-1});
    metrics->abandoned(+1);
    metrics->explain_deferred();
    metrics->loop_lag(0.25);
    Exposition page(metrics->render());
    CHECK(page.at(R"(lanekeeper_jobs_enqueued_total{type="noop"})") == 2);
    CHECK(page.at(R"(lanekeeper_dedupe_hits_total{type="suggest_reply"})") == 1);
    CHECK(page.at(R"(lanekeeper_attempts_total{type="noop"})") == 2);
    CHECK(page.at(R"(lanekeeper_retries_total{type="noop"})") == 1);
    CHECK(page.at(R"(lanekeeper_failures_total{type="noop",reason="timeout"})") == 1);
    CHECK(page.at(R"(lanekeeper_cancels_total{type="noop"})") == 1);
    CHECK(page.at("lanekeeper_aged_background_wait_seconds_count") == 1);
    CHECK(page.at("lanekeeper_aged_background_wait_seconds_sum") == 20);
    CHECK(page.at("lanekeeper_abandoned_runners") == 1);
    CHECK(page.at("lanekeeper_explain_deferred_total") == 1);
    CHECK(page.at("lanekeeper_event_loop_lag_seconds") == 0.25);
}

TEST_CASE("a histogram's buckets add up, and what never ran is not in the run times") {
    auto metrics = make_metrics();
    metrics->ended("noop", "completed", "", 0ms);
    metrics->ended("noop", "completed", "", 50ms);
    metrics->ended("noop", "completed", "", 51ms);
    metrics->ended("noop", "completed", "", 1h);
    metrics->ended("noop", "canceled", "", Millis{-1});
    Exposition page(metrics->render());
    CHECK(page.at(R"(lanekeeper_job_run_seconds_bucket{type="noop",le="0.005"})") == 1);
    CHECK(page.at(R"(lanekeeper_job_run_seconds_bucket{type="noop",le="0.05"})") == 2);
    CHECK(page.at(R"(lanekeeper_job_run_seconds_bucket{type="noop",le="0.1"})") == 3);
    CHECK(page.at(R"(lanekeeper_job_run_seconds_bucket{type="noop",le="600"})") == 3);
    CHECK(page.at(R"(lanekeeper_job_run_seconds_bucket{type="noop",le="+Inf"})") == 4);
    CHECK(page.at(R"(lanekeeper_job_run_seconds_count{type="noop"})") == 4);
    CHECK(std::abs(page.at(R"(lanekeeper_job_run_seconds_sum{type="noop"})") - 3600.101) < 1e-6);
}

TEST_CASE("a label has at most 64 values; later ones count as other") {
    auto metrics = make_metrics();
    for (int i = 0; i < 500; ++i) metrics->ended("noop", "failed", fmt::format("reason_{}", i), 1ms);
    metrics->ended("noop", "failed", "reason_3", 1ms);
    Exposition page(metrics->render());
    CHECK(page.families.at("lanekeeper_failures_total").samples.size() == 65);
    CHECK(page.at(R"(lanekeeper_failures_total{type="noop",reason="reason_3"})") == 2);
    CHECK(page.at(R"(lanekeeper_failures_total{type="noop",reason="other"})") == 436);
}

TEST_CASE("label values and help texts are escaped") {
    auto metrics = make_metrics();
    metrics->enqueued("a\"b\\c\nd");
    metrics->add_source("lanekeeper_odd", "gauge", "two\nlines \\ here", [] {
        return std::vector<Metrics::Sample>{{R"({owner="x"})", 2}, {"", 1}};
    });
    auto text = metrics->render();
    Exposition page(text);
    CHECK(page.at(R"(lanekeeper_jobs_enqueued_total{type="a\"b\\c\nd"})") == 1);
    CHECK(page.families.at("lanekeeper_odd").help == R"(two\nlines \\ here)");
    CHECK(page.at(R"(lanekeeper_odd{owner="x"})") == 2);
    CHECK(page.at("lanekeeper_odd") == 1);
}

TEST_CASE("sources are read when somebody asks, and one that fails leaves only itself out") {
    auto metrics = make_metrics();
    int asked = 0;
    metrics->add_source("lanekeeper_depth", "gauge", "Depth.", [&] {
        ++asked;
        return std::vector<Metrics::Sample>{{"", double(asked)}};
    });
    metrics->add_source("lanekeeper_broken", "gauge", "Broken.", []() -> std::vector<Metrics::Sample> {
        throw std::runtime_error("gone");
    });
    CHECK(asked == 0);
    CHECK(Exposition(metrics->render()).at("lanekeeper_depth") == 1);
    Exposition page(metrics->render());
    CHECK(page.at("lanekeeper_depth") == 2);
    CHECK_FALSE(page.families.contains("lanekeeper_broken"));
}

TEST_CASE("a histogram that somebody else keeps is read when somebody asks, and has its own help") {
    static constexpr std::array bounds = {8.0, 16.0};
    Histogram sizes(bounds);
    auto metrics = make_metrics();
    metrics->add_histogram("lanekeeper_sizes", "Sizes.", [&] { return sizes; });
    metrics->add_histogram("lanekeeper_broken", "Broken.", []() -> Histogram { throw std::runtime_error("gone"); });
    CHECK(Exposition(metrics->render()).at("lanekeeper_sizes_count") == 0);
    for (double value : {8.0, 9.0, 20.0}) sizes.observe(value);
    Exposition page(metrics->render());
    CHECK(page.families.at("lanekeeper_sizes").help == "Sizes.");
    CHECK(page.at(R"(lanekeeper_sizes_bucket{le="8"})") == 1);
    CHECK(page.at(R"(lanekeeper_sizes_bucket{le="16"})") == 2);
    CHECK(page.at(R"(lanekeeper_sizes_bucket{le="+Inf"})") == 3);
    CHECK(page.at("lanekeeper_sizes_sum") == 37);
    CHECK_FALSE(page.families.contains("lanekeeper_broken"));
}

TEST_CASE("metrics may be counted and read from many threads at once") {
    auto metrics = make_metrics();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i) {
                metrics->enqueued("noop");
                metrics->ended("noop", "completed", "", 1ms);
                if (i % 100 == 0) Exposition page(metrics->render());
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(Exposition(metrics->render()).at(R"(lanekeeper_jobs_enqueued_total{type="noop"})") == 2000);
}

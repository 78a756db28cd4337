#include "queue/metrics.hpp"

#include "base/log.hpp"
#include "queue/exposition.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

namespace lanekeeper {
namespace {

using exposition::label;

// A label never has more distinct values than this; what comes later counts under "other". Types are bounded by the
// registry and reasons by their authors: this holds when an author is careless.
constexpr std::size_t label_values = 64;
constexpr const char* other = "other";

constexpr std::array run_bounds = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0};
constexpr std::array wait_bounds = {0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 1800.0};

double seconds(Millis span) { return double(span.count()) / 1000; }

// The values that a label has had.
class Words {
public:
    std::string known(std::string_view word) {
        if (words_.contains(word)) return std::string(word);
        if (words_.size() >= label_values) return other;
        return words_.emplace(word, true).first->first;
    }

private:
    std::map<std::string, bool, std::less<>> words_;
};

using Counter = std::map<std::string, double>;  // by labels
using Histograms = std::map<std::string, Histogram>;

// What others keep: writes its family, or throws.
using Source = std::function<void(std::string& out, const std::string& name)>;

void write_counter(std::string& out, std::string_view name, std::string_view help, const Counter& counter) {
    exposition::open_family(out, name, "counter", help);
    for (const auto& [labels, value] : counter) exposition::write_sample(out, name, labels, value);
}

void write_value(std::string& out, std::string_view name, std::string_view type, std::string_view help, double value) {
    exposition::open_family(out, name, type, help);
    exposition::write_sample(out, name, "", value);
}

void write_histograms(std::string& out, std::string_view name, std::string_view help, const Histograms& all) {
    exposition::open_family(out, name, "histogram", help);
    for (const auto& [labels, histogram] : all) exposition::write_histogram(out, name, labels, histogram);
}

// A source that fails leaves its family out: the others are still worth reading.
void write_source(std::string& out, const std::string& name, const Source& source) {
    try {
        source(out, name);
    } catch (const std::exception& error) {
        log_warn("metric not readable", {{"name", name}, {"error", error.what()}});
    }
}

void write_samples(std::string& out, const std::string& name, const std::vector<Metrics::Sample>& samples) {
    for (const auto& sample : samples) {
        std::string_view labels = sample.labels;
        if (labels.starts_with('{') && labels.ends_with('}')) labels = labels.substr(1, labels.size() - 2);
        exposition::write_sample(out, name, labels, sample.value);
    }
}

// One mutex over plain numbers: held for a few map steps, never while a source is read.
class LocalMetrics final : public Metrics {
public:
    void enqueued(std::string_view type) override {
        std::lock_guard lock(mutex_);
        ++enqueued_[of_type(type)];
    }

    void deduped(std::string_view type) override {
        std::lock_guard lock(mutex_);
        ++deduped_[of_type(type)];
    }

    void started(std::string_view type, Millis waited, bool aged) override {
        std::lock_guard lock(mutex_);
        auto labels = of_type(type);
        ++attempts_[labels];
        observe_in(waits_, labels, wait_bounds, seconds(waited));
        if (aged) aged_wait_.observe(seconds(waited));
    }

    void ended(std::string_view type, std::string_view outcome, std::string_view reason, Millis ran) override {
        std::lock_guard lock(mutex_);
        auto labels = of_type(type);
        ++ended_[labels + "," + label("outcome", outcomes_.known(outcome))];
        if (outcome == "retry") ++retries_[labels];
        if (outcome == "canceled") ++cancels_[labels];
        if (outcome == "failed") ++failures_[labels + "," + label("reason", reasons_.known(reason.empty() ? other : reason))];
        if (ran.count() >= 0) observe_in(runs_, labels, run_bounds, seconds(ran));
    }

    void abandoned(int change) override {
        std::lock_guard lock(mutex_);
        abandoned_ += change;
    }

    void explain_deferred() override {
        std::lock_guard lock(mutex_);
        ++explain_deferred_;
    }

    void loop_lag(double value) override {
        std::lock_guard lock(mutex_);
        loop_lag_ = value;
    }

    void add_source(std::string name, std::string type, std::string help,
                    std::function<std::vector<Sample>()> read) override {
        std::lock_guard lock(mutex_);
        sources_[std::move(name)] = [type = std::move(type), help = std::move(help),
                                     read = std::move(read)](std::string& out, const std::string& family) {
            auto samples = read();
            exposition::open_family(out, family, type, help);
            write_samples(out, family, samples);
        };
    }

    void add_histogram(std::string name, std::string help, std::function<Histogram()> read) override {
        std::lock_guard lock(mutex_);
        sources_[std::move(name)] = [help = std::move(help), read = std::move(read)](std::string& out, const std::string& family) {
            auto histogram = read();
            exposition::open_family(out, family, "histogram", help);
            exposition::write_histogram(out, family, "", histogram);
        };
    }

    std::string render() override {
        std::map<std::string, Source> sources;
        std::string out;
        {
            std::lock_guard lock(mutex_);
            write_own(out);
            sources = sources_;
        }
        for (const auto& [name, source] : sources) write_source(out, name, source);
        return out;
    }

private:
    std::string of_type(std::string_view type) { return label("type", types_.known(type)); }

    static void observe_in(Histograms& all, const std::string& labels, std::span<const double> bounds, double value) {
        all.try_emplace(labels, bounds).first->second.observe(value);
    }

    void write_own(std::string& out) const {
        write_counter(out, "lanekeeper_jobs_enqueued_total", "Jobs created, by type.", enqueued_);
        write_counter(out, "lanekeeper_dedupe_hits_total", "Requests answered with a job that was there, by type.", deduped_);
        write_counter(out, "lanekeeper_attempts_total", "Runs started, by type.", attempts_);
        write_counter(out, "lanekeeper_retries_total", "Failed attempts that will be tried again, by type.", retries_);
        write_counter(out, "lanekeeper_failures_total", "Jobs failed for good, by type and first word of the error.", failures_);
        write_counter(out, "lanekeeper_cancels_total", "Jobs canceled, by type.", cancels_);
        write_counter(out, "lanekeeper_ends_total", "Ends of jobs and of attempts, by type and outcome.", ended_);
        write_histograms(out, "lanekeeper_job_wait_seconds", "From queued (or due again) to started, by type.", waits_);
        write_histograms(out, "lanekeeper_job_run_seconds", "From the start of an attempt to its end, by type.", runs_);
        exposition::open_family(out, "lanekeeper_aged_background_wait_seconds", "histogram",
                                "Waits of background jobs that the starvation guard chose.");
        exposition::write_histogram(out, "lanekeeper_aged_background_wait_seconds", "", aged_wait_);
        write_value(out, "lanekeeper_abandoned_runners", "gauge", "Runners given up that still run.", abandoned_);
        write_value(out, "lanekeeper_explain_deferred_total", "counter", "Explanations put off.", explain_deferred_);
        write_value(out, "lanekeeper_event_loop_lag_seconds", "gauge", "Lateness of the last timer that measured it.", loop_lag_);
    }

    std::mutex mutex_;
    Words types_, reasons_, outcomes_;
    Counter enqueued_, deduped_, attempts_, retries_, failures_, cancels_, ended_;
    Histograms waits_, runs_;
    Histogram aged_wait_{wait_bounds};
    double abandoned_ = 0, explain_deferred_ = 0, loop_lag_ = 0;
    std::map<std::string, Source> sources_;
};

}  // namespace

std::unique_ptr<Metrics> make_metrics() { return std::make_unique<LocalMetrics>(); }

}  // namespace lanekeeper

#include "job/aggregate.hpp"

#include "base/limits.hpp"
#include "job/outcome.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

constexpr std::size_t frame_bytes = 100;  // the members of a result without what is in them

}  // namespace

json::object aggregate_payload(std::string_view mode, std::size_t jobs, json::object keys) {
    return {{"mode", mode}, {"jobs", jobs}, {"keys", std::move(keys)}};
}

json::value aggregate_key(const Job& aggregate, std::string_view job_id) {
    const auto* keys = aggregate.payload.if_contains("keys");
    const auto* key = keys && keys->is_object() ? keys->get_object().if_contains(job_id) : nullptr;
    return key ? *key : json::value();
}

json::object aggregate_progress(const Job& aggregate) {
    const auto* jobs = aggregate.payload.if_contains("jobs");
    auto total = jobs && jobs->is_number() ? jobs->to_number<std::int64_t>() : 0;
    return {{"total", total}, {"ended", total - aggregate.open_dependencies}, {"open", aggregate.open_dependencies}};
}

void AggregateEnd::add(const Job& job) {
    ++total_;
    completed_ += job.state == JobState::completed;
    canceled_ += job.state == JobState::canceled;
    if (job.started_at && (!started_at_ || *job.started_at < *started_at_)) started_at_ = job.started_at;
    add_output(job);
    if (job.state != JobState::completed) add_error(job);
}

void AggregateEnd::add_output(const Job& job) {
    auto key = aggregate_key(aggregate_, job.id());
    std::string name = key.is_string() ? std::string(key.get_string()) : job.id();
    names_bytes_ += name.size() + 8;  // with quotes, colon, comma and null
    auto output = output_of(job);
    auto bytes = output.is_null() ? 0 : json::serialize(output).size();
    if (outputs_bytes_ + bytes > limits::job_result) {
        truncated_ = true;
        output = nullptr;
        bytes = 0;
    }
    outputs_bytes_ += bytes;
    results_[name] = std::move(output);
}

void AggregateEnd::add_error(const Job& job) {
    if (errors_bytes_ > limits::job_result) {
        truncated_ = true;
        return;
    }
    json::value error;
    if (job.error) error = json::string(*job.error);
    json::object entry{{"key", aggregate_key(aggregate_, job.id())}, {"jobId", job.id()}, {"status", status_word(job.state)},
                       {"error", std::move(error)}};
    errors_bytes_ += json::serialize(entry).size() + 1;
    errors_.push_back(std::move(entry));
}

/// The last outputs give way first, then the last errors; names of jobs always fit.
json::object AggregateEnd::result() {
    auto bytes = [&] { return frame_bytes + names_bytes_ + outputs_bytes_ + errors_bytes_; };
    for (auto at = results_.end(); at != results_.begin() && bytes() > limits::job_result;) {
        --at;
        if (at->value().is_null()) continue;
        outputs_bytes_ -= json::serialize(at->value()).size();
        at->value() = nullptr;
        truncated_ = true;
    }
    while (!errors_.empty() && bytes() > limits::job_result) {
        errors_bytes_ -= json::serialize(errors_.back()).size() + 1;
        errors_.pop_back();
        truncated_ = true;
    }
    json::object result{{"results", std::move(results_)}, {"allSuccess", completed_ == total_}, {"errors", std::move(errors_)}};
    if (truncated_) result["truncated"] = true;
    return result;
}

Transition AggregateEnd::decide(WallTime at) const {
    auto failed = total_ - completed_ - canceled_;
    bool as_asked = aggregate_.cancel_requested_at && canceled_ > 0;
    if (as_asked) return lifecycle::cancel(aggregate_, at, aggregate_.cancel_reason.value_or("canceled"));
    if (failed > 0) return lifecycle::fail(aggregate_, at, fmt::format("workflow_failed: {} of {} failed", failed, total_));
    if (canceled_ > 0) return lifecycle::cancel(aggregate_, at, fmt::format("workflow_cancelled: {} of {} cancelled", canceled_, total_));
    return lifecycle::complete(aggregate_, at, {}, nullptr);
}

Transition AggregateEnd::transition(WallTime at) {
    auto transition = decide(at);
    transition.next.result = result();
    transition.next.started_at = started_at_;
    return transition;
}

}  // namespace lanekeeper

#include "queue/job_line.hpp"

#include "job/outcome.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

constexpr std::size_t trace_chars = 128;  // what is longer is no trace context

const json::value* member(const json::value& in, const char* name) {
    const auto* object = in.if_object();
    return object ? object->if_contains(name) : nullptr;
}

std::string_view text(const json::value& in, const char* name) {
    const auto* value = member(in, name);
    const auto* string = value ? value->if_string() : nullptr;
    return string ? std::string_view(string->data(), string->size()) : std::string_view();
}

std::int64_t count(const json::value& in, const char* name) {
    const auto* value = member(in, name);
    return value && value->is_number() ? value->to_number<std::int64_t>() : 0;
}

std::string figures(const Job& job, Millis run) {
    auto took = fmt::format("duration: {}ms", run.count());
    if (!job.token_usage.is_object()) return took;
    return fmt::format("tokens: {} in, {} out, {}", count(job.token_usage, "input"), count(job.token_usage, "output"), took);
}

std::string sentence(const Job& job, const std::string& id, std::string_view from, std::string_view reason, Millis run) {
    if (!job.in_pool()) return "job";
    if (from == "none") return fmt::format("[JobDispatcher] Job {} submitted (type={}, priority={})", id, job.type, job.priority);
    bool unblocked = from == to_word(JobState::pending) && job.state == JobState::queued && !job.dependencies.empty();
    if (unblocked) return fmt::format("[DependencyResolver] Job {} unblocked (all dependencies satisfied)", id);
    if (job.state == JobState::running) return fmt::format("[AgentWorker] Job {} started", id);
    if (job.state == JobState::completed) return fmt::format("[AgentWorker] Job {} completed ({})", id, figures(job, run));
    bool ran = from == to_word(JobState::running);
    auto who = ran ? "AgentWorker" : "JobDispatcher";
    auto state = status_word(job.state);
    return fmt::format("[{}] Job {} {}{}", who, id, state, reason.empty() ? std::string() : fmt::format(" ({})", reason));
}

}  // namespace

JobLine::JobLine(const Job& job, std::string_view from, std::string_view reason, Millis wait, Millis run)
    : id_(job.id()), message_(sentence(job, id_, from, reason, run)) {
    fields_ = {{"jobId", id_},
               {"projectId", job.owner},
               {"type", job.type},
               {"attempt", job.attempts},
               {"run", job.run},
               {"from", from},
               {"to", to_word(job.state)},
               {"reason", reason},
               {"waitMs", wait.count()},
               {"runMs", run.count()}};
    auto rule = text(job.dispatch, "rule");
    if (job.state == JobState::running && !rule.empty()) {
        fields_.emplace_back("dispatch", rule);
        fields_.emplace_back("passedOver", count(job.dispatch, "passedOver"));
    }
    auto trace = text(job.metadata, "traceparent");
    if (!trace.empty() && trace.size() <= trace_chars) fields_.emplace_back("traceparent", trace);
}

}  // namespace lanekeeper

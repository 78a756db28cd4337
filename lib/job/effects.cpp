#include "job/effects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace lanekeeper {
namespace {

bool has(const std::vector<std::string>& names, const std::optional<std::string>& name) {
    return name && std::find(names.begin(), names.end(), *name) != names.end();
}

}  // namespace

void Effects::append(Effects other) {
    for (auto& event : other.events) {
        if (event.entry_of_put) *event.entry_of_put += puts.size();
        events.push_back(std::move(event));
    }
    std::move(other.deletes.begin(), other.deletes.end(), std::back_inserter(deletes));
    std::move(other.puts.begin(), other.puts.end(), std::back_inserter(puts));
}

std::string Event::envelope() const {
    return seq == 0 ? text + R"(,"seq":null})" : text + fmt::format(R"(,"seq":{}}})", seq);
}

bool EventTopics::name_thread(const Event& event) const { return threads && has(*threads, event.thread_id); }

bool is_for(const Event& event, const EventTopics& topics, bool hidden) {
    if (event.audience == Audience::broadcast) return true;
    if (event.audience == Audience::system) return hidden && topics.name_thread(event);
    return topics.everything() || topics.name_thread(event) || has(topics.jobs, event.job_id) ||
           has(topics.workflows, event.workflow_id);
}

Event render_event(const EventDraft& draft, WallTime at) {
    Event event;
    event.type = draft.type;
    event.thread_id = draft.thread_id;
    event.job_id = draft.job_id;
    event.workflow_id = draft.workflow_id;
    event.audience = draft.audience;
    event.at = at;
    auto thread = draft.thread_id ? json::serialize(json::string_view(*draft.thread_id)) : std::string("null");
    auto job = draft.job_id && draft.shows_job ? R"(,"jobId":)" + json::serialize(json::string_view(*draft.job_id)) : std::string();
    event.text = fmt::format(R"({{"type":{},"threadId":{}{},"payload":{})", json::serialize(json::string_view(draft.type)),
                             thread, job, json::serialize(draft.payload));
    return event;
}

}  // namespace lanekeeper

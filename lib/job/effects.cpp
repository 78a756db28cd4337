#include "job/effects.hpp"

#include <fmt/format.h>

#include <iterator>

namespace lanekeeper {

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

Event render_event(const EventDraft& draft, WallTime at) {
    Event event;
    event.type = draft.type;
    event.thread_id = draft.thread_id;
    event.audience = draft.audience;
    event.at = at;
    auto thread = draft.thread_id ? json::serialize(json::string_view(*draft.thread_id)) : std::string("null");
    auto job = draft.job_id ? R"(,"jobId":)" + json::serialize(json::string_view(*draft.job_id)) : std::string();
    event.text = fmt::format(R"({{"type":{},"threadId":{}{},"payload":{})", json::serialize(json::string_view(draft.type)),
                             thread, job, json::serialize(draft.payload));
    return event;
}

}  // namespace lanekeeper

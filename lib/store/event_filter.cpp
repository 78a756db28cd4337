#include "store/event_filter.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

// A page of a rare thread looks at this many events for each that it may return, then lets others have their turn.
constexpr std::size_t scan_factor = 8;
constexpr std::size_t least_scan = 1000;

}  // namespace

bool matches(const EventFilter& filter, const Event& event) { return is_for(event, filter, filter.system); }

EventPageBuilder::EventPageBuilder(EventFilter filter, std::int64_t after, std::size_t limit)
    : filter_(std::move(filter)), limit_(limit), may_scan_(std::max(limit * scan_factor, least_scan)) {
    page_.scanned_to = after;
}

bool EventPageBuilder::full() const { return page_.events.size() >= limit_ || may_scan_ == 0; }

void EventPageBuilder::look_at(Event event) {
    page_.scanned_to = event.seq;
    --may_scan_;
    if (matches(filter_, event)) page_.events.push_back(std::move(event));
}

EventPage EventPageBuilder::finish(std::int64_t up_to) && {
    if (!full()) page_.scanned_to = std::max(page_.scanned_to, up_to);
    page_.more = page_.scanned_to < up_to;
    return std::move(page_);
}

}  // namespace lanekeeper

#pragma once
#include "store/store.hpp"

namespace lanekeeper {

/// Whether somebody who asked for this hears that event (api.md 7, Routing). Events of hidden sessions only reach those
/// who may and who name exactly that thread.
bool matches(const EventFilter& filter, const Event& event);

/// A page under way: takes events by rising seq until it is full or has looked at enough of them.
class EventPageBuilder {
public:
    EventPageBuilder(EventFilter filter, std::int64_t after, std::size_t limit);
    bool full() const;
    /// How many more events may be looked at.
    std::size_t room() const { return may_scan_; }
    void look_at(Event event);
    /// `up_to` is the end of the range asked for, cut to the newest event.
    EventPage finish(std::int64_t up_to) &&;

private:
    EventFilter filter_;
    std::size_t limit_;
    std::size_t may_scan_;
    EventPage page_;
};

}  // namespace lanekeeper

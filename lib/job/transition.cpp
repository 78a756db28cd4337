#include "job/transition.hpp"

#include <array>

namespace lanekeeper {
namespace {

struct Row {
    JobState from;
    JobEvent event;
    JobState to;
};

using enum JobState;
constexpr std::array table = {
    Row{pending, JobEvent::promote, queued},
    Row{pending, JobEvent::report, pending},      // the wish to cancel an aggregate
    Row{pending, JobEvent::complete, completed},  // an aggregate, with the last of its jobs
    Row{pending, JobEvent::cancel, canceled},
    Row{pending, JobEvent::fail, failed},
    Row{pending, JobEvent::expire, expired},
    Row{queued, JobEvent::start, running},
    Row{queued, JobEvent::cancel, canceled},
    Row{queued, JobEvent::fail, failed},  // a payload that no longer validates
    Row{queued, JobEvent::expire, expired},
    Row{running, JobEvent::report, running},
    Row{running, JobEvent::complete, completed},
    Row{running, JobEvent::fail, failed},
    Row{running, JobEvent::retry, queued},
    Row{running, JobEvent::snooze, queued},
    Row{running, JobEvent::recover, queued},
    Row{running, JobEvent::requeue, queued},
    Row{running, JobEvent::cancel, canceled},
    Row{running, JobEvent::expire, expired},
    Row{failed, JobEvent::operator_retry, queued},
    Row{canceled, JobEvent::operator_retry, queued},
    Row{expired, JobEvent::operator_retry, queued},
    Row{failed, JobEvent::reopen, pending},
    Row{canceled, JobEvent::reopen, pending},
};

constexpr std::array<std::string_view, 13> event_words = {"promote", "start",   "report",  "complete", "fail",   "retry",
                                                          "snooze",  "recover", "requeue", "cancel",   "expire", "operator_retry",
                                                          "reopen"};

}  // namespace

std::string_view to_word(JobEvent event) { return event_words[std::size_t(event)]; }

const std::vector<JobEvent>& all_job_events() {
    static const auto all = [] {
        std::vector<JobEvent> events;
        for (std::size_t i = 0; i < event_words.size(); ++i) events.push_back(JobEvent(i));
        return events;
    }();
    return all;
}

const std::vector<JobState>& all_job_states() {
    static const std::vector<JobState> all = {pending, queued, running, completed, failed, canceled, expired};
    return all;
}

std::optional<JobState> next_state(JobState from, JobEvent event) {
    for (const auto& row : table)
        if (row.from == from && row.event == event) return row.to;
    return {};
}

}  // namespace lanekeeper

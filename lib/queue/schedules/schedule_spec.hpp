#pragma once
#include "base/error.hpp"
#include "job/schedule.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// What a schedule is asked to be.
struct ScheduleSpec {
    ScheduleSpec() = default;
    std::string name;
    std::string cron;
    std::string timezone = "UTC";
    json::object job;
    Overlap overlap = Overlap::skip;
    Missed missed = Missed::once;
    bool enabled = true;
};

/// What is to be otherwise; the rest stays.
struct ScheduleChange {
    ScheduleChange() = default;
    std::optional<std::string> name;
    std::optional<std::string> cron;
    std::optional<std::string> timezone;
    std::optional<json::object> job;
    std::optional<Overlap> overlap;
    std::optional<Missed> missed;
    std::optional<bool> enabled;
};

/// A schedule, and how it stands at this moment.
struct ScheduleView {
    ScheduleView() = default;
    Schedule schedule;
    std::optional<WallTime> next_run_at;  // the slot that waits for its job, else the next one; nothing while it is not enabled
    std::optional<Problem> trouble;       // why the slot that is due has no job yet
};

struct SchedulePage {
    std::vector<ScheduleView> schedules;
    std::optional<std::string> next;
    std::size_t total = 0;
};

}  // namespace lanekeeper

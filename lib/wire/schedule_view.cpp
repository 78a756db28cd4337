#include "wire/schedule_view.hpp"

#include "base/members.hpp"

namespace lanekeeper::wire {
namespace {

json::value or_null(const std::optional<WallTime>& time) {
    if (!time) return nullptr;
    return json::string(iso(*time));
}

json::value or_null(const std::optional<Problem>& problem) {
    if (!problem) return nullptr;
    return json::object{{"error", problem->code}, {"message", problem->message}};
}

}  // namespace

json::object schedule_view(const Schedule& schedule, const std::optional<WallTime>& next_run_at, const std::optional<Problem>& trouble) {
    return {{"scheduleId", schedule.id},
            {"name", schedule.name},
            {"cron", schedule.cron},
            {"timezone", schedule.timezone},
            {"job", schedule.job},
            {"overlap", to_word(schedule.overlap)},
            {"missed", to_word(schedule.missed)},
            {"enabled", schedule.enabled},
            {"createdAt", iso(schedule.created_at)},
            {"updatedAt", iso(schedule.updated_at)},
            {"nextRunAt", or_null(next_run_at)},
            {"lastRunAt", or_null(schedule.last_run_at)},
            {"lastJobId", members::or_null(schedule.last_job_id)},
            {"lastSlot", or_null(schedule.last_slot)},
            {"lastSkippedAt", or_null(schedule.last_skipped_at)},
            {"lastError", or_null(trouble)}};
}

}  // namespace lanekeeper::wire

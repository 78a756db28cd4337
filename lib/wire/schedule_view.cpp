#include "wire/schedule_view.hpp"

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
    auto view = shown(schedule);
    view["nextRunAt"] = or_null(next_run_at);
    view["lastError"] = or_null(trouble);
    return view;
}

}  // namespace lanekeeper::wire

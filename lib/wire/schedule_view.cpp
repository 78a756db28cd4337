#include "wire/schedule_view.hpp"

#include "wire/or_null.hpp"

namespace lanekeeper::wire {
namespace {

json::value view_of(const std::optional<Problem>& problem) {
    if (!problem) return nullptr;
    return json::object{{"error", problem->code}, {"message", problem->message}};
}

}  // namespace

json::object schedule_view(const Schedule& schedule, const std::optional<WallTime>& next_run_at, const std::optional<Problem>& trouble) {
    auto view = shown(schedule);
    view["nextRunAt"] = or_null(next_run_at);
    view["lastError"] = view_of(trouble);
    return view;
}

}  // namespace lanekeeper::wire

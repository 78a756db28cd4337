#include "queue/schedules/schedule_rule.hpp"

namespace lanekeeper {
namespace {

Problem bad_zone(const Problem& problem) {
    if (problem.code != "unknown_zone") return problem;
    Problem refused("invalid_request", "the request does not validate");
    refused.issues.emplace_back("invalid_value", json::array{"timezone"}, problem.message);
    return refused;
}

}  // namespace

Result<SlotRule> read_rule(const Schedule& schedule) {
    auto cron = parse_cron(schedule.cron);
    if (!cron) return cron.error();
    auto zone = find_zone(schedule.timezone);
    if (!zone) return bad_zone(zone.error());
    return SlotRule(*cron, *zone);
}

}  // namespace lanekeeper

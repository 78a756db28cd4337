#include "job/schedule.hpp"

#include "base/limits.hpp"
#include "base/members.hpp"

namespace lanekeeper {
namespace {

json::value time_or_null(const std::optional<WallTime>& time) {
    if (!time) return nullptr;
    return json::string(iso(*time));
}

std::optional<WallTime> time_or_nothing(const json::object& body, std::string_view name) { return parse_iso(members::text(body, name)); }

std::optional<WallTime> next_unsettled(const Schedule& schedule, const SlotRule& rule, WallTime after) {
    auto next = next_slot(rule.cron, *rule.zone, after);
    while (next) {
        auto settled = schedule.settled.end_of_run(*next);
        if (!settled) break;
        next = next_slot(rule.cron, *rule.zone, *settled);
    }
    return next;
}

}  // namespace

std::string_view to_word(Overlap overlap) { return overlap == Overlap::skip ? "skip" : "queue"; }
std::string_view to_word(Missed missed) { return missed == Missed::once ? "once" : "none"; }

json::object shown(const Schedule& schedule) {
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
            {"lastRunAt", time_or_null(schedule.last_run_at)},
            {"lastJobId", members::or_null(schedule.last_job_id)},
            {"lastSlot", time_or_null(schedule.last_slot)},
            {"lastSkippedAt", time_or_null(schedule.last_skipped_at)}};
}

json::object to_json(const Schedule& schedule) {
    auto body = shown(schedule);
    body["slotJobId"] = members::or_null(schedule.slot_job_id);
    body["passed"] = iso(schedule.passed);
    body["settled"] = schedule.settled.to_json();
    body["revision"] = schedule.revision;
    return body;
}

Schedule schedule_from(const json::object& body) {
    Schedule schedule;
    schedule.id = members::text(body, "scheduleId");
    schedule.name = members::text(body, "name");
    schedule.cron = members::text(body, "cron");
    schedule.timezone = members::text(body, "timezone");
    if (const auto* job = members::object(body, "job")) schedule.job = *job;
    schedule.overlap = members::text(body, "overlap") == "queue" ? Overlap::queue : Overlap::skip;
    schedule.missed = members::text(body, "missed") == "none" ? Missed::none : Missed::once;
    schedule.enabled = members::flag(body, "enabled");
    schedule.created_at = time_or_nothing(body, "createdAt").value_or(WallTime{});
    schedule.updated_at = time_or_nothing(body, "updatedAt").value_or(schedule.created_at);
    schedule.last_run_at = time_or_nothing(body, "lastRunAt");
    schedule.last_job_id = members::text_or_nothing(body, "lastJobId");
    schedule.last_slot = time_or_nothing(body, "lastSlot");
    schedule.last_skipped_at = time_or_nothing(body, "lastSkippedAt");
    schedule.slot_job_id = members::text_or_nothing(body, "slotJobId");
    schedule.passed = time_or_nothing(body, "passed").value_or(schedule.updated_at);
    schedule.settled = SettledSlots::from_json(members::array(body, "settled"));
    schedule.revision = members::integer(body, "revision");
    return schedule;
}

SlotLook look_for_slot(const Schedule& schedule, const SlotRule& rule, WallTime now, WallTime since, std::optional<WallTime> waiting) {
    SlotLook look;
    look.passed = schedule.passed > now ? since : schedule.passed;
    auto last = last_slot(rule.cron, *rule.zone, look.passed, now);
    bool on_time = last && (now - *last < limits::schedule_grace || waiting == last);
    bool wanted = last && !schedule.settled.has(*last) && (on_time || schedule.missed == Missed::once);
    if (wanted) look.due = last;
    else if (last) look.passed = *last;
    look.next = next_unsettled(schedule, rule, last.value_or(look.passed));
    return look;
}

void settle_slot(Schedule& schedule, const SlotRule& rule, WallTime slot) {
    auto before = schedule.settled.before(slot);
    schedule.settled.add(slot, before && next_slot(rule.cron, *rule.zone, *before) == slot);
    schedule.passed = slot;
}

std::string slot_key(const Schedule& schedule, WallTime slot) { return "schedule:" + schedule.id + ":" + iso(slot); }

std::string manual_key(const Schedule& schedule) {
    return "schedule:" + schedule.id + ":manual:" + std::to_string(schedule.revision);
}

}  // namespace lanekeeper

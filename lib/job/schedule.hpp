#pragma once
#include "job/cron_slot.hpp"
#include "job/settled_slots.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lanekeeper {

/// When the job of the slot before is still open: this slot gets none, or gets its own all the same.
enum class Overlap { skip, queue };
/// Slots that went by while nobody looked: the last of them gets a job late, for all, or none does.
enum class Missed { once, none };

/// A schedule as it is stored (jobs-family.md, Schedules): what makes a job at each of its slots, and how far it has come.
struct Schedule {
    Schedule() = default;
    std::string id;
    std::string name;
    std::string cron;
    std::string timezone = "UTC";
    json::object job;  // the submission that each slot makes, as it came
    Overlap overlap = Overlap::skip;
    Missed missed = Missed::once;
    bool enabled = true;
    WallTime created_at{};
    WallTime updated_at{};
    std::optional<WallTime> last_run_at;
    std::optional<std::string> last_job_id;    // of a slot, or made by hand
    std::optional<WallTime> last_slot;
    std::optional<WallTime> last_skipped_at;   // the slot that overlap took the job of
    std::optional<std::string> slot_job_id;    // the job of the last slot that has one
    WallTime passed{};       // slots up to here need no more thought
    SettledSlots settled;    // those that had their turn
    std::int64_t revision = 1;  // rises with each change that is stored
};

json::object to_json(const Schedule& schedule);
/// What of it is for everybody to see.
json::object shown(const Schedule& schedule);
Schedule schedule_from(const json::object& body);

std::string_view to_word(Overlap overlap);
std::string_view to_word(Missed missed);

/// The expression of a schedule and the zone it is read in.
struct SlotRule {
    SlotRule() = default;
    SlotRule(Cron cron_, std::shared_ptr<const Zone> zone_) : cron(std::move(cron_)), zone(std::move(zone_)) {}
    Cron cron;
    std::shared_ptr<const Zone> zone;
};

/// What a look at the clock says of a schedule.
struct SlotLook {
    std::optional<WallTime> due;   // wants its turn now
    WallTime passed{};             // as Schedule::passed, from now on
    std::optional<WallTime> next;  // the slot after that
};

/// A slot is late, and missed, from limits::schedule_grace on; but `waiting`, which an earlier look found due and which could
/// not be served since, is never too late. Of several slots only the last is due: it stands for those before it. A clock that was
/// set back, to `since` or later, makes slots count again from there, but for those that are settled.
SlotLook look_for_slot(const Schedule& schedule, const SlotRule& rule, WallTime now, WallTime since, std::optional<WallTime> waiting);

/// The slot has had its turn.
void settle_slot(Schedule& schedule, const SlotRule& rule, WallTime slot);

/// "schedule:<id>:<slot>", and for a job made by hand "schedule:<id>:manual:<revision>".
std::string slot_key(const Schedule& schedule, WallTime slot);
std::string manual_key(const Schedule& schedule);

}  // namespace lanekeeper

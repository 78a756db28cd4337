#pragma once
#include "job/effects.hpp"
#include "job/schedule.hpp"

namespace lanekeeper {

inline constexpr const char* schedule_kind = "schedule";

inline RecordPut new_record(const Schedule& schedule) {
    return {schedule_kind, "", schedule.id, to_json(schedule), RecordPut::Mode::insert};
}

/// In place of the revision before this one, and of no other.
inline RecordPut next_record(const Schedule& schedule) {
    RecordPut put(schedule_kind, "", schedule.id, to_json(schedule), RecordPut::Mode::replace);
    put.if_revision = schedule.revision - 1;
    return put;
}

}  // namespace lanekeeper

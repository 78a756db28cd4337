#include "wire/schedule_schema.hpp"

#include "base/limits.hpp"

namespace lanekeeper::wire {
namespace {

std::vector<Schema::Field> fields(bool all) {
    auto job = Schema::open_object({}).described("a submission as POST /api/jobs takes it, without jobId, scheduledFor, expiresAt and dedupeKey");
    auto cron = Schema::line(1, limits::cron_chars).described("minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly, @yearly");
    return {
        {"name", Schema::line(1, limits::title_chars), all},
        {"cron", std::move(cron), all},
        {"job", std::move(job), all},
        optional_field("timezone", Schema::line(1, 64).described("an IANA name such as Europe/Berlin; UTC unless said")),
        optional_field("overlap", Schema::word({"skip", "queue"}).described("while the job of the slot before is open: no job, or one all the same; skip unless said")),
        optional_field("missed", Schema::word({"once", "none"}).described("slots that nobody could serve: one job for the last of them, or none; once unless said")),
        optional_field("enabled", Schema::boolean().described("true unless said; switched on, it counts from then")),
    };
}

}  // namespace

const Schema& schedule_schema() {
    static const Schema schema = Schema::object(fields(true));
    return schema;
}

const Schema& schedule_change_schema() {
    static const Schema schema = Schema::object(fields(false));
    return schema;
}

}  // namespace lanekeeper::wire

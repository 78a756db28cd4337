#include "store/sqlite/import.hpp"

#include "base/log.hpp"
#include "store/data_dir.hpp"
#include "store/json/snapshot_file.hpp"
#include "store/sqlite/tables.hpp"

namespace lanekeeper::sqlite {
namespace {

void take_over(Tables& tables, const Snapshot& snapshot) {
    for (const auto& job : snapshot.jobs) tables.import_job(job);
    for (const auto& kept : snapshot.records) tables.import_record(kept.record, kept.expires_at);
    for (const auto& event : snapshot.events) tables.import_event(event);
    for (const auto& [hour, value] : snapshot.hours) tables.import_hour(hour, value);
    Marks marks;
    marks.seq = snapshot.last_seq;
    marks.record_order = snapshot.last_order;
    marks.job_key = snapshot.highest_key;
    tables.raise_marks(marks);
}

}  // namespace

std::string import_once(Connection& connection, const std::string& file, const Clock& clock) {
    Tables tables(connection, clock);
    if (tables.marks().commits > 0) return {};
    auto found = find_snapshot(file, clock.wall());
    if (!found.snapshot) return found.notice;
    connection.run("BEGIN IMMEDIATE");
    take_over(tables, *found.snapshot);
    tables.save_marks();
    connection.run("COMMIT");
    // A crash before this leaves the file, and a database that has been used: it is not imported again.
    auto target = move_aside(file, "imported", to_ms(clock.wall()));
    log_info("snapshot imported", {{"path", file}, {"movedTo", target}, {"jobs", found.snapshot->jobs.size()}});
    return found.notice;
}

}  // namespace lanekeeper::sqlite

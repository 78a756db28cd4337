#pragma once
#include "job/job.hpp"
#include "store/sqlite/query.hpp"
#include "store/store.hpp"

#include <functional>

namespace lanekeeper::sqlite {

/// After the key: what an update writes (`Sql::update_job`).
void bind_changing(Query& query, const Job& job);
/// After those, for an insert: what never changes but the payload.
void bind_lasting(Query& query, const Job& job);

/// What `bind_lasting` wrote as JSON. Throws `std::exception` on anything else.
std::vector<Dependency> read_dependencies(const json::value& value);

/// A row that is there but cannot be understood.
struct Unreadable {
    enum class Kind { job, record };
    Kind kind = Kind::job;
    std::int64_t key = 0;  // or the record's order
    std::string why;
};
using Report = std::function<void(const Unreadable&)>;

/// The job of the current row of a statement that selects whole jobs; nothing, and a report, when it cannot be read.
std::optional<Job> read_job(const Query& row, const Report& report);
std::optional<Record> read_record(const Query& row, const Report& report);
std::optional<OpenJob> read_open_job(const Query& row, const Report& report);
Event read_event(const Query& row);

std::int64_t number_of(JobState state);
JobState state_of(std::int64_t number);  // throws std::out_of_range
bool is_state(std::int64_t number);

}  // namespace lanekeeper::sqlite

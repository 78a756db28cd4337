#include "store/sqlite/reads.hpp"

#include "store/event_filter.hpp"

#include <algorithm>

namespace lanekeeper::sqlite {
namespace {

// The keys of one owner's jobs by rising key. The index has them by state: one walk a state, merged here.
std::vector<std::int64_t> keys_of_owner(Statements& statements, const JobQuery& query, std::size_t limit) {
    static const std::string pool;
    std::vector<std::int64_t> keys;
    for (std::int64_t state = 0; state <= number_of(JobState::expired); ++state) {
        if (query.state && number_of(*query.state) != state) continue;
        Query rows(statements, Sql::job_keys_of_owner);
        rows.bind(query.owner ? *query.owner : pool).bind(state).bind(query.after).bind(limit);
        while (rows.step()) keys.push_back(rows.number(0));
    }
    std::ranges::sort(keys);
    if (keys.size() > limit) keys.resize(limit);
    return keys;
}

std::vector<Record> collect(Query& rows, const Report& report) {
    std::vector<Record> records;
    while (rows.step())
        if (auto record = read_record(rows, report)) records.push_back(std::move(*record));
    return records;
}

}  // namespace

std::optional<Job> read_job(Statements& statements, std::int64_t key, const Report& report) {
    Query row(statements, Sql::job_by_key);
    if (!row.bind(key).step()) return {};
    return read_job(row, report);
}

JobPage read_jobs(Statements& statements, const JobQuery& query, const Report& report) {
    auto keys = keys_of_owner(statements, query, query.limit + 1);
    JobPage page;
    bool more = keys.size() > query.limit;
    if (more) keys.pop_back();
    for (auto key : keys)
        if (auto job = read_job(statements, key, report)) page.jobs.push_back(std::move(*job));
    if (more) page.next = keys.empty() ? query.after : keys.back();
    return page;
}

std::vector<OpenJob> read_open_jobs(Statements& statements, std::int64_t after, std::size_t limit) {
    std::vector<OpenJob> jobs;
    Query rows(statements, Sql::open_jobs);
    rows.bind(after).bind(limit);
    while (rows.step()) jobs.push_back(read_open_job(rows));
    return jobs;
}

std::vector<std::int64_t> read_open_jobs_of_session(Statements& statements, const std::string& session_id) {
    std::vector<std::int64_t> keys;
    Query rows(statements, Sql::open_jobs_of_session);
    rows.bind(session_id);
    while (rows.step()) keys.push_back(rows.number(0));
    return keys;
}

std::optional<Job> read_open_duplicate(Statements& statements, const std::string& match, const Report& report) {
    Query row(statements, Sql::job_duplicate);
    row.bind(match).bind(number_of(JobState::pending)).bind(number_of(JobState::running));
    if (!row.step()) return {};
    return read_job(row, report);
}

std::optional<Record> read_record(Statements& statements, const std::string& kind, const std::string& scope,
                                  const std::string& key, const Report& report) {
    Query row(statements, Sql::record_by_name);
    if (!row.bind(kind).bind(scope).bind(key).step()) return {};
    return read_record(row, report);
}

std::vector<Record> read_records(Statements& statements, const std::string& kind, const std::string& scope,
                                 std::int64_t after, std::size_t limit, const Report& report) {
    Query rows(statements, Sql::records_of_scope);
    rows.bind(kind).bind(scope).bind(after).bind(limit);
    return collect(rows, report);
}

std::vector<Record> read_records_of_kind(Statements& statements, const std::string& kind, std::int64_t after,
                                         std::size_t limit, const Report& report) {
    Query rows(statements, Sql::records_of_kind);
    rows.bind(kind).bind(after).bind(limit);
    return collect(rows, report);
}

EventPage read_events(Statements& statements, std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) {
    EventPageBuilder page(std::move(filter), after, limit);
    Query rows(statements, Sql::events_after);
    rows.bind(after).bind(up_to).bind(page.room());
    while (!page.full() && rows.step()) page.look_at(read_event(rows));
    return std::move(page).finish(up_to);
}

std::optional<std::int64_t> read_oldest_seq(Statements& statements) {
    Query row(statements, Sql::oldest_event);
    if (!row.bind(0).bind(1).step()) return {};
    return row.number(0);
}

}  // namespace lanekeeper::sqlite

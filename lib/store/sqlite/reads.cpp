#include "store/sqlite/reads.hpp"

#include "job/transition.hpp"
#include "store/event_filter.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace lanekeeper::sqlite {
namespace {

// A list goes along one index, and asks of each row what that does not tell.
struct Walk {
    explicit Walk(const JobQuery& query) {
        if (!query.any_owner) owner = query.owner.value_or("");
        type = query.type;
        bool back = query.newest_first;
        if (query.workflow_id) {
            sql = back ? Sql::keys_of_workflow_back : Sql::keys_of_workflow;
            group = query.workflow_id;
        } else if (query.type) {
            sql = back ? Sql::keys_by_type_back : Sql::keys_by_type;
            group = std::exchange(type, std::nullopt);
        } else if (owner) {
            sql = back ? Sql::keys_of_owner_back : Sql::keys_of_owner;
            group = std::exchange(owner, std::nullopt);
        } else if (query.wants_all_states()) {
            sql = back ? Sql::keys_of_all_back : Sql::keys_of_all;
            of_all = true;
        } else {
            sql = back ? Sql::keys_by_state_back : Sql::keys_by_state;
        }
    }
    Sql sql = Sql::keys_of_all;
    std::optional<std::string> group, owner, type;
    bool of_all = false;
};

void walk(Statements& statements, const JobQuery& query, const Walk& along, std::optional<JobState> state, std::size_t limit,
          std::vector<std::int64_t>& keys) {
    Query rows(statements, along.sql);
    rows.bind(along.group);
    if (state) rows.bind(number_of(*state));
    else rows.bind_null();
    rows.bind(query.newest_first && query.after == 0 ? INT64_MAX : query.after).bind(limit).bind(along.owner).bind(along.type);
    while (rows.step()) keys.push_back(rows.number(0));
}

// The indexes have keys by state: one walk a state, merged here.
std::vector<std::int64_t> keys_of_page(Statements& statements, const JobQuery& query, std::size_t limit) {
    std::vector<std::int64_t> keys;
    Walk along(query);
    if (along.of_all) {
        walk(statements, query, along, {}, limit, keys);
        return keys;
    }
    for (auto state : all_job_states())
        if (query.wants(state)) walk(statements, query, along, state, limit, keys);
    if (query.newest_first) std::ranges::sort(keys, std::greater());
    else std::ranges::sort(keys);
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
    auto keys = keys_of_page(statements, query, query.limit + 1);
    JobPage page;
    bool more = keys.size() > query.limit;
    if (more) keys.pop_back();
    for (auto key : keys)
        if (auto job = read_job(statements, key, report)) page.jobs.push_back(std::move(*job));
    if (more) page.next = keys.empty() ? query.after : keys.back();
    return page;
}

std::optional<std::int64_t> read_key_of_client_id(Statements& statements, const std::string& client_id) {
    Query row(statements, Sql::key_of_client_id);
    if (!row.bind(client_id).step()) return {};
    return row.number(0);
}

std::vector<std::int64_t> read_dependents(Statements& statements, std::int64_t key, std::size_t limit) {
    std::vector<std::int64_t> keys;
    Query rows(statements, Sql::dependents);
    rows.bind(key).bind(limit);
    while (rows.step()) keys.push_back(rows.number(0));
    return keys;
}

std::vector<OpenJob> read_open_jobs(Statements& statements, std::int64_t after, std::size_t limit, const Report& report) {
    std::vector<OpenJob> jobs;
    Query rows(statements, Sql::open_jobs);
    rows.bind(after).bind(limit);
    while (rows.step())
        if (auto job = read_open_job(rows, report)) jobs.push_back(std::move(*job));
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

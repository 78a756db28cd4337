#include "store/sqlite/tables.hpp"

#include "base/log.hpp"
#include "store/sqlite/reads.hpp"

#include <sqlite3.h>

#include <algorithm>

namespace lanekeeper::sqlite {
namespace {

// Unreadable ones count as none here; the row is set aside when somebody reads it.
std::vector<Dependency> dependencies(const Query& row, int column) {
    try {
        return read_dependencies(row.json(column));
    } catch (const std::exception&) {
        return {};
    }
}

}  // namespace

Tables::Tables(Connection& connection, const Clock& clock) : clock_(clock), statements_(connection) {
    load_marks();
    load_open_jobs();
}

void Tables::load_marks() {
    Query marks(statements_, Sql::marks);
    if (!marks.step()) throw Error(SQLITE_CORRUPT, "the row of marks is missing");
    marks_ = Marks{marks.number(0), marks.number(1), marks.number(2), marks.number(3)};
    counters_.set_terminal(JobState::completed, marks.number(4));
    counters_.set_terminal(JobState::failed, marks.number(5));
    counters_.set_terminal(JobState::canceled, marks.number(6));
    counters_.set_terminal(JobState::expired, marks.number(7));
    counters_.set_ended_in_pool(marks.number(8));
    Query hours(statements_, Sql::hours);
    while (hours.step()) counters_.set_hour(hours.number(0), Counters::Hour{hours.number(1), hours.number(2)});
}

void Tables::load_open_jobs() {
    Query rows(statements_, Sql::open_jobs_to_count);
    Job job;
    while (rows.step()) {
        if (!is_state(rows.number(2))) continue;  // set aside when recovery reads it
        job.owner = rows.text(1);
        job.state = state_of(rows.number(2));
        job.dependencies = dependencies(rows, 3);
        counters_.apply(arrival(job));
    }
}

Committed Tables::write(Plan plan) {
    if (!plan.empty()) changed_ = true;
    for (const auto& write : plan.payloads) Query(statements_, Sql::update_payload).bind(write.key).bind_json(write.payload).run();
    for (auto index : plan.new_jobs) insert_job(plan.inserted[index].job);
    for (const auto& update : plan.updates) update_job(update);
    for (const auto& [key, count] : plan.still_open) Query(statements_, Sql::set_open_dependencies).bind(key).bind(count).run();
    for (const auto& change : plan.records) {
        if (auto* gone = std::get_if<RecordDelete>(&change)) delete_records(*gone);
        else write_record(std::get<RecordWrite>(change));
    }
    number_events(plan.events, marks_.seq);
    for (const auto& event : plan.events) insert_event(event);
    return Committed{std::move(plan.inserted), std::move(plan.events), std::move(plan.cascaded), std::move(plan.timed)};
}

void Tables::count(const JobChange& change) {
    counters_.apply(change);
    if (change.to && is_terminal(*change.to)) retention_.job_ended(change.owner);
    if (change.ended_ms != 0) changed_hours_.insert(change.ended_ms / (3600 * 1000));
}

void Tables::insert_job(const Job& job) {
    {
        Query row(statements_, Sql::insert_job);
        row.bind(job.key);
        bind_changing(row, job);
        bind_lasting(row, job);
        row.run();
    }
    Query(statements_, Sql::insert_payload).bind(job.key).bind_json(job.payload).run();
    for (const auto& dependency : job.dependencies)
        if (dependency.key != 0) Query(statements_, Sql::insert_edge).bind(dependency.key).bind(job.key).run();
    marks_.job_key = std::max(marks_.job_key, job.key);
    count(arrival(job));
}

void Tables::remove_edges(std::int64_t dependent) {
    std::vector<Dependency> gone;
    {
        Query row(statements_, Sql::dependencies_of);
        if (row.bind(dependent).step()) gone = dependencies(row, 0);
    }
    for (const auto& dependency : gone) Query(statements_, Sql::delete_edge).bind(dependency.key).bind(dependent).run();
}

void Tables::update_job(const JobWrite& write) {
    {
        Query row(statements_, Sql::update_job);
        row.bind(write.next.key);
        bind_changing(row, write.next);
        row.run();
    }
    count(change(write.owner, write.from, write.next));
}

void Tables::write_record(const RecordWrite& write) {
    if (!write.exists) {
        insert_record(Record{++marks_.record_order, write.name.kind, write.name.scope, write.name.key, write.body}, write.expires_at);
        return;
    }
    Query row(statements_, Sql::update_record);
    row.bind(write.name.kind).bind(write.name.scope).bind(write.name.key).bind_json(write.body).bind(write.expires_at).run();
}

void Tables::insert_record(const Record& record, const std::optional<WallTime>& expires_at) {
    Query row(statements_, Sql::insert_record);
    row.bind(record.order).bind(record.kind).bind(record.scope).bind(record.key).bind_json(record.body).bind(expires_at).run();
}

void Tables::delete_records(const RecordDelete& gone) {
    if (gone.key) Query(statements_, Sql::delete_record).bind(gone.kind).bind(gone.scope).bind(*gone.key).run();
    else Query(statements_, Sql::delete_scope).bind(gone.kind).bind(gone.scope).run();
}

void Tables::insert_event(const Event& event) {
    Query row(statements_, Sql::insert_event);
    row.bind(event.seq).bind(event.at).bind(event.type).bind(event.thread_id).bind(int(event.audience)).bind(event.text);
    row.bind(event.job_id).bind(event.workflow_id).run();
}

std::optional<JobHead> Tables::head(std::int64_t key) {
    {
        Query row(statements_, Sql::job_head);
        if (!row.bind(key).step()) return {};
        if (is_state(row.number(1)))
            return JobHead{row.text(0),  state_of(row.number(1)), int(row.number(2)), int(row.number(3)), row.maybe_time(4),
                           row.maybe_text(5), row.maybe_text(6), row.number(7) != 0};
    }
    set_aside(Unreadable{Unreadable::Kind::job, key, "no such state"});
    return {};
}

std::vector<std::int64_t> Tables::members(const std::string& workflow_id) {
    std::vector<std::int64_t> keys;
    Query rows(statements_, Sql::members_of_workflow);
    rows.bind(workflow_id);
    while (rows.step()) keys.push_back(rows.number(0));
    std::ranges::sort(keys);
    return keys;
}

std::optional<Job> Tables::whole(std::int64_t key) {
    std::optional<Unreadable> bad;
    auto job = sqlite::read_job(statements_, key, [&](const Unreadable& what) { bad = what; });
    if (bad) set_aside(*bad);
    return job;
}

std::optional<std::int64_t> Tables::key_of_client_id(const std::string& client_id) {
    return read_key_of_client_id(statements_, client_id);
}

std::vector<std::int64_t> Tables::dependents(std::int64_t key, std::size_t limit) {
    return read_dependents(statements_, key, limit);
}

std::optional<Job> Tables::duplicate(const std::string& match, JobState first, JobState last) {
    std::optional<Unreadable> bad;
    {
        Query row(statements_, Sql::job_duplicate);
        if (!row.bind(match).bind(number_of(first)).bind(number_of(last)).step()) return {};
        if (auto job = read_job(row, [&](const Unreadable& what) { bad = what; })) return job;
    }
    set_aside(*bad);
    return duplicate(match, first, last);
}

std::optional<json::object> Tables::record_body(const RecordName& name) {
    std::optional<Unreadable> bad;
    {
        Query row(statements_, Sql::record_by_name);
        if (!row.bind(name.kind).bind(name.scope).bind(name.key).step()) return {};
        if (auto record = read_record(row, [&](const Unreadable& what) { bad = what; })) return std::move(record->body);
    }
    set_aside(*bad);
    return {};
}

void Tables::save_marks() {
    if (!changed_) return;
    ++marks_.commits;
    {
        Query row(statements_, Sql::save_marks);
        row.bind(marks_.commits).bind(marks_.seq).bind(marks_.record_order).bind(marks_.job_key);
        for (auto state : {JobState::completed, JobState::failed, JobState::canceled, JobState::expired})
            row.bind(counters_.in_state(state));
        row.bind(counters_.ended_in_pool()).run();
    }
    for (auto hour : changed_hours_) {
        auto found = counters_.hours().find(hour);
        if (found == counters_.hours().end()) continue;
        Query(statements_, Sql::save_hour).bind(hour).bind(found->second.jobs).bind(found->second.run_ms).run();
    }
    changed_hours_.clear();
    changed_ = false;
}

}  // namespace lanekeeper::sqlite

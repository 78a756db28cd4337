#include "store/sqlite/job_rows.hpp"

#include "base/ids.hpp"

#include <stdexcept>

namespace lanekeeper::sqlite {
namespace {

static_assert(int(JobState::pending) == 0 && int(JobState::running) == 2 && int(JobState::completed) == 3 &&
                  int(JobState::expired) == 6,
              "the numbers are on disk");

// Dependencies as a JSON list, most jobs have none: our ids, and pairs of our id and the client's own.
json::value render_dependencies(const std::vector<Dependency>& list) {
    if (list.empty()) return nullptr;
    json::array all;
    for (const auto& [key, id] : list) {
        auto ours = job_id(key);
        if (id == ours) all.emplace_back(std::move(ours));
        else all.emplace_back(json::array{ours, id});
    }
    return all;
}

Dependency read_dependency(const json::value& value) {
    bool is_pair = value.is_array();
    std::string_view ours = is_pair ? value.as_array().at(0).as_string() : value.as_string();
    std::string_view id = is_pair ? value.as_array().at(1).as_string() : value.as_string();
    return Dependency{job_key(ours).value_or(0), std::string(id)};
}

// Reads columns in the order of the statement.
class Columns {
public:
    explicit Columns(const Query& row) : row_(row) {}
    std::int64_t number() { return row_.number(at_++); }
    std::string text() { return row_.text(at_++); }
    std::optional<std::string> maybe_text() { return row_.maybe_text(at_++); }
    std::optional<WallTime> maybe_time() { return row_.maybe_time(at_++); }
    std::optional<Millis> maybe_ms() {
        auto column = at_++;
        if (row_.is_null(column)) return {};
        return Millis{row_.number(column)};
    }
    json::value json() { return row_.json(at_++); }
    std::optional<json::object> maybe_object() {
        if (row_.is_null(at_)) {
            ++at_;
            return {};
        }
        return row_.object(at_++);
    }
    json::object object() { return row_.object(at_++); }

private:
    const Query& row_;
    int at_ = 0;
};

void read_changing(Columns& row, Job& job) {
    job.source_session_id = row.maybe_text();
    job.priority = int(row.number());
    job.state = state_of(row.number());
    job.run = int(row.number());
    job.attempts = int(row.number());
    job.max_attempts = int(row.number());
    job.attempt_returned = row.number() != 0;
    job.started_at = row.maybe_time();
    job.completed_at = row.maybe_time();
    job.cancel_requested_at = row.maybe_time();
    job.next_attempt_at = row.maybe_time();
    job.last_attempt_at = row.maybe_time();
    job.cancel_reason = row.maybe_text();
    job.error = row.maybe_text();
    job.running.thread_id = row.text();
    job.running.turn_id = row.text();
    job.worker_id = row.maybe_text();
    job.workflow_id = row.maybe_text();
    job.scheduled_for = row.maybe_time();
    job.expires_at = row.maybe_time();
    job.open_dependencies = int(row.number());
    job.progress = row.json();
    job.dispatch = row.json();
    job.token_usage = row.json();
    job.metadata = row.json();
    job.result = row.maybe_object();
}

void read_lasting(Columns& row, Job& job) {
    job.type = row.text();
    job.version = int(row.number());
    job.owner = row.text();
    job.dedupe_key = row.maybe_text();
    job.dedupe_match = row.text();
    job.created_at = from_ms(row.number());
    job.client_id = row.maybe_text();
    job.name = row.maybe_text();
    job.executor = row.text();
    job.timeout = row.maybe_ms();
    job.dependencies = read_dependencies(row.json());
}

}  // namespace

std::int64_t number_of(JobState state) { return std::int64_t(state); }

bool is_state(std::int64_t number) { return number >= 0 && number <= number_of(JobState::expired); }

JobState state_of(std::int64_t number) {
    if (!is_state(number)) throw std::out_of_range("no such state");
    return JobState(number);
}

void bind_changing(Query& query, const Job& job) {
    query.bind(job.source_session_id).bind(job.priority).bind(number_of(job.state)).bind(job.run).bind(job.attempts);
    query.bind(job.max_attempts).bind(int(job.attempt_returned)).bind(job.started_at).bind(job.completed_at);
    query.bind(job.cancel_requested_at).bind(job.next_attempt_at).bind(job.last_attempt_at).bind(job.cancel_reason);
    query.bind(job.error).bind_or_null(job.running.thread_id).bind_or_null(job.running.turn_id).bind(job.worker_id);
    query.bind(job.workflow_id).bind(job.scheduled_for).bind(job.expires_at).bind(job.open_dependencies);
    query.bind_json(job.progress).bind_json(job.dispatch).bind_json(job.token_usage).bind_json(job.metadata);
    query.bind_json(job.result);
}

void bind_lasting(Query& query, const Job& job) {
    query.bind(job.type).bind(job.version).bind(job.owner).bind(job.dedupe_key).bind_or_null(job.dedupe_match);
    query.bind(job.created_at).bind(job.client_id).bind(job.name).bind_or_null(job.executor);
    if (job.timeout) query.bind(std::int64_t(job.timeout->count()));
    else query.bind_null();
    query.bind_json(render_dependencies(job.dependencies));
}

std::vector<Dependency> read_dependencies(const json::value& value) {
    std::vector<Dependency> list;
    if (value.is_null()) return list;
    for (const auto& one : value.as_array()) list.push_back(read_dependency(one));
    return list;
}

std::optional<Job> read_job(const Query& row, const Report& report) {
    Job job;
    try {
        Columns columns(row);
        job.key = columns.number();
        read_changing(columns, job);
        read_lasting(columns, job);
        job.payload = columns.object();
        return job;
    } catch (const std::exception& e) {
        report(Unreadable{Unreadable::Kind::job, job.key, e.what()});
        return {};
    }
}

std::optional<Record> read_record(const Query& row, const Report& report) {
    try {
        return Record{row.number(0), row.text(1), row.text(2), row.text(3), row.object(4)};
    } catch (const std::exception& e) {
        report(Unreadable{Unreadable::Kind::record, row.number(0), e.what()});
        return {};
    }
}

std::optional<OpenJob> read_open_job(const Query& row, const Report& report) {
    if (!is_state(row.number(3))) {
        report(Unreadable{Unreadable::Kind::job, row.number(0), "no such state"});
        return {};
    }
    return OpenJob{row.number(0), row.text(1), row.text(2), state_of(row.number(3)), int(row.number(4)), from_ms(row.number(5)),
                   row.maybe_time(6), row.maybe_time(7), int(row.number(8)), row.text(9), row.maybe_time(10)};
}

Event read_event(const Query& row) {
    Event event;
    event.seq = row.number(0);
    event.at = from_ms(row.number(1));
    event.type = row.text(2);
    event.thread_id = row.maybe_text(3);
    event.audience = Audience(row.number(4));
    event.text = row.text(5);
    event.job_id = row.maybe_text(6);
    event.workflow_id = row.maybe_text(7);
    return event;
}

}  // namespace lanekeeper::sqlite

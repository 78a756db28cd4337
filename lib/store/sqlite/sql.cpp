#include "store/sqlite/sql.hpp"

#include "job/aggregate.hpp"

namespace lanekeeper::sqlite {
namespace {

// What an update writes, in the order in which it is bound after the key.
const std::string changing =
    "source_session_id, priority, state, run, attempts, max_attempts, attempt_returned, started_at, completed_at, "
    "cancel_requested_at, next_attempt_at, last_attempt_at, cancel_reason, error, thread_id, turn_id, worker_id, "
    "workflow_id, scheduled_for, expires_at, open_dependencies, progress, dispatch, token_usage, metadata, result";
constexpr int changing_count = 26;
const std::string lasting = "type, version, owner, dedupe_key, dedupe_match, created_at, client_id, name, executor, timeout_ms, dependencies";
constexpr int lasting_count = 11;

std::string numbered(int first, int count) {
    std::string all;
    for (int i = first; i < first + count; ++i) all += (i == first ? "?" : ",?") + std::to_string(i);
    return all;
}

const std::string select_job =
    "SELECT agent_jobs.key, " + changing + ", " + lasting +
    ", payload FROM agent_jobs LEFT JOIN job_payloads ON job_payloads.key = agent_jobs.key ";
const std::string record_columns = "SELECT ord, kind, scope, key, body FROM records ";

enum class Order { rising, falling };

// A page of keys beyond ?3, at most ?4: along one index, those of owner ?5 and type ?6 where they are given.
SqlText keys(Sql id, std::string name, const std::string& index, Order order) {
    bool back = order == Order::falling;
    return {id, std::move(name),
            "SELECT key FROM agent_jobs WHERE " + index + (back ? " AND key < ?3" : " AND key > ?3") +
                " AND (?5 IS NULL OR +owner = ?5) AND (?6 IS NULL OR +type = ?6) ORDER BY key" + (back ? " DESC" : "") + " LIMIT ?4"};
}

std::vector<SqlText> job_sql() {
    return {
        {Sql::job_head, "job_head", 
         "SELECT owner, state, run, open_dependencies, scheduled_for, client_id, workflow_id, "
         "type = '" + std::string(aggregate_type) + "' AND executor IS NULL FROM agent_jobs WHERE key = ?1"},
        {Sql::job_by_key, "job_by_key", select_job + "WHERE agent_jobs.key = ?1"},
        {Sql::job_duplicate, "job_duplicate",
         select_job + "WHERE dedupe_match = ?1 AND state BETWEEN ?2 AND ?3 ORDER BY state, agent_jobs.key LIMIT 1"},
        {Sql::insert_job, "insert_job",
         "INSERT INTO agent_jobs(key, " + changing + ", " + lasting + ") VALUES (" +
             numbered(1, 1 + changing_count + lasting_count) + ")"},
        {Sql::insert_payload, "insert_payload", "INSERT INTO job_payloads(key, payload) VALUES (?1, ?2)"},
        {Sql::update_job, "update_job",
         "UPDATE agent_jobs SET (" + changing + ") = (" + numbered(2, changing_count) + ") WHERE key = ?1"},
        {Sql::update_payload, "update_payload", "UPDATE job_payloads SET payload = ?2 WHERE key = ?1"},
        {Sql::delete_job, "delete_job", "DELETE FROM agent_jobs WHERE key = ?1"},
        {Sql::delete_payload, "delete_payload", "DELETE FROM job_payloads WHERE key = ?1"},
        {Sql::insert_edge, "insert_edge", "INSERT OR IGNORE INTO job_edges(dependency, dependent) VALUES (?1, ?2)"},
        {Sql::delete_edge, "delete_edge", "DELETE FROM job_edges WHERE dependency = ?1 AND dependent = ?2"},
        {Sql::dependencies_of, "dependencies_of",
         "SELECT dependencies FROM agent_jobs WHERE key = ?1 AND dependencies IS NOT NULL"},
        {Sql::dependents, "dependents",
         "SELECT dependent FROM job_edges WHERE dependency = ?1 ORDER BY dependent LIMIT ?2"},
        {Sql::key_of_client_id, "key_of_client_id", "SELECT key FROM agent_jobs WHERE client_id = ?1"},
        {Sql::set_open_dependencies, "set_open_dependencies",
         "UPDATE agent_jobs SET open_dependencies = ?2 WHERE key = ?1"},
        {Sql::members_of_workflow, "members_of_workflow", "SELECT key FROM agent_jobs WHERE workflow_id = ?1"},
        keys(Sql::keys_of_all, "keys_of_all", "(?1 IS NULL AND ?2 IS NULL)", Order::rising),
        keys(Sql::keys_of_all_back, "keys_of_all_back", "(?1 IS NULL AND ?2 IS NULL)", Order::falling),
        keys(Sql::keys_by_state, "keys_by_state", "(?1 IS NULL) AND state = ?2", Order::rising),
        keys(Sql::keys_by_state_back, "keys_by_state_back", "(?1 IS NULL) AND state = ?2", Order::falling),
        keys(Sql::keys_of_owner, "keys_of_owner", "owner = ?1 AND state = ?2", Order::rising),
        keys(Sql::keys_of_owner_back, "keys_of_owner_back", "owner = ?1 AND state = ?2", Order::falling),
        keys(Sql::keys_by_type, "keys_by_type", "type = ?1 AND state = ?2", Order::rising),
        keys(Sql::keys_by_type_back, "keys_by_type_back", "type = ?1 AND state = ?2", Order::falling),
        keys(Sql::keys_of_workflow, "keys_of_workflow", "workflow_id = ?1 AND state = ?2", Order::rising),
        keys(Sql::keys_of_workflow_back, "keys_of_workflow_back", "workflow_id = ?1 AND state = ?2", Order::falling),
        {Sql::open_jobs, "open_jobs",
         "SELECT key, owner, type, state, priority, created_at, next_attempt_at, scheduled_for, open_dependencies, "
         "executor, expires_at FROM agent_jobs INDEXED BY open_jobs "
         "WHERE state <= 2 AND key > ?1 ORDER BY key LIMIT ?2"},
        {Sql::open_jobs_to_count, "open_jobs_to_count",
         "SELECT key, owner, state, dependencies FROM agent_jobs INDEXED BY open_jobs WHERE state <= 2 AND key > 0"},
        {Sql::open_jobs_of_session, "open_jobs_of_session",
         "SELECT key FROM agent_jobs WHERE source_session_id = ?1 AND state <= 2 ORDER BY key"},
    };
}

std::vector<SqlText> record_sql() {
    return {
        {Sql::record_by_name, "record_by_name", record_columns + "WHERE kind = ?1 AND scope = ?2 AND key = ?3"},
        {Sql::record_by_order, "record_by_order", record_columns + "WHERE ord = ?1"},
        {Sql::insert_record, "insert_record",
         "INSERT INTO records(ord, kind, scope, key, body, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"},
        {Sql::update_record, "update_record",
         "UPDATE records SET body = ?4, expires_at = ?5 WHERE kind = ?1 AND scope = ?2 AND key = ?3"},
        {Sql::delete_record, "delete_record", "DELETE FROM records WHERE kind = ?1 AND scope = ?2 AND key = ?3"},
        {Sql::delete_record_by_order, "delete_record_by_order", "DELETE FROM records WHERE ord = ?1"},
        {Sql::delete_scope, "delete_scope", "DELETE FROM records WHERE kind = ?1 AND scope = ?2"},
        {Sql::records_of_scope, "records_of_scope",
         record_columns + "WHERE kind = ?1 AND scope = ?2 AND ord > ?3 ORDER BY ord LIMIT ?4"},
        {Sql::records_of_kind, "records_of_kind", record_columns + "WHERE kind = ?1 AND ord > ?2 ORDER BY ord LIMIT ?3"},
    };
}

// The first and the last row of every table that grows.
std::string both_ends() {
    std::string all;
    for (std::string table : {"agent_jobs", "job_payloads", "records", "events"})
        for (std::string end : {"min", "max"}) all += (all.empty() ? "SELECT " : " UNION ALL SELECT ") + end + "(rowid) FROM " + table;
    return all;
}

std::vector<SqlText> event_sql() {
    return {
        {Sql::insert_event, "insert_event",
         "INSERT INTO events(seq, at, type, thread_id, audience, text, job_id, workflow_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
        {Sql::events_after, "events_after",
         "SELECT seq, at, type, thread_id, audience, text, job_id, workflow_id FROM events WHERE seq > ?1 AND seq <= ?2 "
         "ORDER BY seq LIMIT ?3"},
        {Sql::oldest_event, "oldest_event", "SELECT seq, at FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2"},
        {Sql::delete_events, "delete_events", "DELETE FROM events WHERE seq <= ?1"},
        {Sql::marks, "marks",
         "SELECT commits, seq, record_order, job_key, completed, failed, canceled, expired, ended_in_pool FROM marks WHERE id = 1"},
        {Sql::save_marks, "save_marks",
         "UPDATE marks SET (commits, seq, record_order, job_key, completed, failed, canceled, expired, ended_in_pool) = "
         "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) WHERE id = 1"},
        {Sql::count_commit, "count_commit", "UPDATE marks SET commits = commits + 1 WHERE id = 1"},
        {Sql::epoch, "epoch", "SELECT value FROM meta WHERE name = 'epoch'"},
        {Sql::save_epoch, "save_epoch",
         "INSERT INTO meta(name, value) VALUES ('epoch', ?1) ON CONFLICT(name) DO UPDATE SET value = excluded.value"},
        {Sql::both_ends, "both_ends", both_ends()},
        {Sql::hours, "hours", "SELECT hour, jobs, run_ms FROM completed_hours", true},  // a row an hour of a day
        {Sql::save_hour, "save_hour",
         "INSERT INTO completed_hours(hour, jobs, run_ms) VALUES (?1, ?2, ?3) "
         "ON CONFLICT(hour) DO UPDATE SET jobs = excluded.jobs, run_ms = excluded.run_ms"},
        {Sql::delete_hours, "delete_hours", "DELETE FROM completed_hours WHERE hour <= ?1"},
    };
}

std::vector<SqlText> care_sql() {
    return {
        {Sql::owner_after, "owner_after", "SELECT owner FROM agent_jobs WHERE owner > ?1 ORDER BY owner LIMIT 1"},
        {Sql::ended_keys, "ended_keys", "SELECT key FROM agent_jobs WHERE owner = ?1 AND state >= 3 LIMIT ?2"},
        {Sql::ended_jobs, "ended_jobs",
         "SELECT key, coalesce(completed_at, created_at), workflow_id FROM agent_jobs WHERE owner = ?1 AND state = ?2 AND key > ?3 "
         "ORDER BY key LIMIT ?4"},
        {Sql::expired_records, "expired_records",
         "SELECT ord FROM records WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2"},
        {Sql::set_aside_job, "set_aside_job",
         "INSERT INTO set_aside(at, source, name, body) SELECT ?2, 'job', agent_jobs.key, payload FROM agent_jobs "
         "LEFT JOIN job_payloads ON job_payloads.key = agent_jobs.key WHERE agent_jobs.key = ?1"},
        {Sql::set_aside_record, "set_aside_record",
         "INSERT INTO set_aside(at, source, name, body) SELECT ?2, 'record', kind || ' ' || scope || ' ' || key, body "
         "FROM records WHERE ord = ?1"},
    };
}

std::vector<SqlText> collect() {
    std::vector<SqlText> all;
    for (auto part : {job_sql(), record_sql(), event_sql(), care_sql()})
        for (auto& one : part) all.push_back(std::move(one));
    return all;
}

}  // namespace

const std::vector<SqlText>& all_sql() {
    static const auto all = collect();
    return all;
}

const SqlText& sql_text(Sql id) { return all_sql()[std::size_t(id)]; }

}  // namespace lanekeeper::sqlite

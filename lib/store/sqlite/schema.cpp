#include "store/sqlite/schema.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace lanekeeper::sqlite {
namespace {

// Lean on purpose: a job's key is its row id and, spelled otherwise, its public id; no index that a query a day would
// use. States are numbers in the order of queue.md 2, so `state <= 2` is open. Payloads, which never change, stand
// apart: an update of a job does not copy its payload. Times are milliseconds since 1970.
const char* const first_version = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE marks(
  id INTEGER PRIMARY KEY CHECK (id = 1), commits INTEGER NOT NULL, seq INTEGER NOT NULL, record_order INTEGER NOT NULL,
  job_key INTEGER NOT NULL, completed INTEGER NOT NULL, failed INTEGER NOT NULL, canceled INTEGER NOT NULL,
  expired INTEGER NOT NULL, ended_in_pool INTEGER NOT NULL);
INSERT INTO marks VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0);

CREATE TABLE completed_hours(hour INTEGER PRIMARY KEY, jobs INTEGER NOT NULL, run_ms INTEGER NOT NULL);

CREATE TABLE agent_jobs(
  key INTEGER PRIMARY KEY, state INTEGER NOT NULL, owner TEXT NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL,
  priority INTEGER NOT NULL, created_at INTEGER NOT NULL, next_attempt_at INTEGER, run INTEGER NOT NULL,
  attempts INTEGER NOT NULL, max_attempts INTEGER NOT NULL, attempt_returned INTEGER NOT NULL, source_session_id TEXT,
  dedupe_key TEXT, dedupe_match TEXT, started_at INTEGER, completed_at INTEGER, cancel_requested_at INTEGER,
  last_attempt_at INTEGER, cancel_reason TEXT, error TEXT, thread_id TEXT, turn_id TEXT, worker_id TEXT,
  workflow_id TEXT, scheduled_for INTEGER, expires_at INTEGER, dependencies TEXT, progress TEXT, dispatch TEXT,
  token_usage TEXT, metadata TEXT, result TEXT);
CREATE INDEX jobs_of_owner ON agent_jobs(owner, state);
CREATE INDEX open_jobs ON agent_jobs(key) WHERE state <= 2;
CREATE INDEX jobs_by_match ON agent_jobs(dedupe_match, state) WHERE dedupe_match IS NOT NULL;
CREATE INDEX open_jobs_of_session ON agent_jobs(source_session_id) WHERE source_session_id IS NOT NULL AND state <= 2;
CREATE TABLE job_payloads(key INTEGER PRIMARY KEY, payload TEXT NOT NULL);

CREATE TABLE records(
  ord INTEGER PRIMARY KEY, kind TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
  expires_at INTEGER);
CREATE UNIQUE INDEX records_by_name ON records(kind, scope, key);
CREATE INDEX records_of_scope ON records(kind, scope);
CREATE INDEX records_of_kind ON records(kind);
CREATE INDEX records_by_expiry ON records(expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE events(
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, type TEXT NOT NULL, thread_id TEXT, audience INTEGER NOT NULL,
  text TEXT NOT NULL);

CREATE TABLE set_aside(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, body TEXT);

CREATE VIEW job_results AS
  SELECT key AS job_key, type, owner,
    CASE state WHEN 3 THEN 'completed' WHEN 4 THEN 'failed' WHEN 5 THEN 'canceled' ELSE 'expired' END AS state,
    result, error, token_usage, attempts, started_at, completed_at, completed_at - started_at AS run_ms
  FROM agent_jobs WHERE state >= 3;
CREATE VIEW agent_workers AS
  SELECT key AS id, json_extract(body, '$.state') AS state, json_extract(body, '$.lastHeartbeatAt') AS last_heartbeat_at,
    body
  FROM records WHERE kind = 'agent_worker';
)sql";

// Dependencies and what else a submission to the pool may name (jobs-family.md, Submit). An edge is there while its
// dependent is. The lists of all jobs by type, workflow or state have an index each.
const char* const second_version = R"sql(
ALTER TABLE agent_jobs ADD COLUMN client_id TEXT;
ALTER TABLE agent_jobs ADD COLUMN name TEXT;
ALTER TABLE agent_jobs ADD COLUMN executor TEXT;
ALTER TABLE agent_jobs ADD COLUMN timeout_ms INTEGER;
ALTER TABLE agent_jobs ADD COLUMN open_dependencies INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX jobs_by_client_id ON agent_jobs(client_id) WHERE client_id IS NOT NULL;
CREATE INDEX jobs_by_state ON agent_jobs(state);
CREATE INDEX jobs_by_type ON agent_jobs(type, state);
CREATE INDEX jobs_of_workflow ON agent_jobs(workflow_id, state) WHERE workflow_id IS NOT NULL;
CREATE TABLE job_edges(
  dependency INTEGER NOT NULL, dependent INTEGER NOT NULL, PRIMARY KEY(dependency, dependent)) WITHOUT ROWID;
)sql";

// Whom an event is about, for those who ask for a job or a workflow.
const char* const third_version = R"sql(
ALTER TABLE events ADD COLUMN job_id TEXT;
ALTER TABLE events ADD COLUMN workflow_id TEXT;
)sql";

}  // namespace

const std::vector<std::string>& migrations() {
    static const std::vector<std::string> steps = {first_version, second_version, third_version};
    return steps;
}

void migrate(Connection& connection, const std::string& path) {
    auto version = connection.number("PRAGMA user_version");
    auto newest = std::int64_t(migrations().size());
    if (version > newest)
        throw std::runtime_error(fmt::format("{} has schema version {}, newer than the {} that this program knows: start a newer one, "
                                             "or move the file away", path, version, newest));
    for (; version < newest; ++version) {
        connection.run("BEGIN IMMEDIATE");
        connection.run(migrations()[std::size_t(version)]);
        connection.run(fmt::format("PRAGMA user_version = {}", version + 1));
        connection.run("COMMIT");
    }
}

}  // namespace lanekeeper::sqlite

#pragma once
#include "store/sqlite/job_rows.hpp"
#include "store/store.hpp"

namespace lanekeeper::sqlite {

// The questions of `Store`, asked of one connection. Rows that cannot be read are reported and left out.

std::optional<Job> read_job(Statements& statements, std::int64_t key, const Report& report);
JobPage read_jobs(Statements& statements, const JobQuery& query, const Report& report);
std::optional<std::int64_t> read_key_of_client_id(Statements& statements, const std::string& client_id);
/// Rising, at most `limit`.
std::vector<std::int64_t> read_dependents(Statements& statements, std::int64_t key, std::size_t limit);
std::vector<OpenJob> read_open_jobs(Statements& statements, std::int64_t after, std::size_t limit, const Report& report);
std::vector<std::int64_t> read_open_jobs_of_session(Statements& statements, const std::string& session_id);
std::optional<Job> read_open_duplicate(Statements& statements, const std::string& match, const Report& report);
std::optional<Record> read_record(Statements& statements, const std::string& kind, const std::string& scope,
                                  const std::string& key, const Report& report);
std::vector<Record> read_records(Statements& statements, const std::string& kind, const std::string& scope,
                                 std::int64_t after, std::size_t limit, const Report& report);
std::vector<Record> read_records_of_kind(Statements& statements, const std::string& kind, std::int64_t after,
                                         std::size_t limit, const Report& report);
EventPage read_events(Statements& statements, std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit);
std::optional<std::int64_t> read_oldest_seq(Statements& statements);

}  // namespace lanekeeper::sqlite

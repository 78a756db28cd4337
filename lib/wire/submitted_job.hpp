#pragma once
#include "job/job.hpp"

#include <optional>
#include <string_view>

namespace lanekeeper::wire {

// A job in the words of /api/jobs (job-orchestration.md, API Reference; jobs-family.md).

/// Reads pending, queued, running, completed, failed, cancelled, expired in any case, `canceled` too; nothing for other words.
std::optional<JobState> read_status(std::string_view word);

/// {jobId, status, createdAt}: what a submission is answered.
json::object submitted_job(const Job& job);

/// The whole job. `dependency_results`: {<jobId>: {output, status}}, shown from the first attempt on; null for none.
json::object submitted_job_view(const Job& job, const json::value& dependency_results);

/// The same for the worker that is to run it: with its payload, its prompt where there is one, and its timeout.
json::object claimed_job_view(const Job& job, const json::value& dependency_results);

}  // namespace lanekeeper::wire

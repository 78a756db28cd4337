#pragma once
#include "base/ids.hpp"
#include "base/json.hpp"
#include "job/job.hpp"

namespace lanekeeper {

/// A job as the mission's `OrchestratorJob` (orchestrator-queue.md, Data Model), its fields first and exactly so, ours
/// after them.
json::object file_job(const Job& job);

/// Reads what `file_job` writes, and what another implementation of the mission wrote: what is missing gets its
/// default. An id that is neither ours nor was taken from a client is kept as `metadata.importedId`, and the job has key 0. Throws `std::exception` on
/// members of a wrong type or word.
Job read_file_job(const json::value& value);

}  // namespace lanekeeper

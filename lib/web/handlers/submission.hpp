#pragma once
#include "base/schema.hpp"
#include "queue/submission.hpp"

namespace lanekeeper::web {

/// Reads one, or says which member breaks which rule.
Result<Submission> read_submission(const json::value& body, WallTime now);
/// The same for one of a list, whose schema adds to that of a submission.
Result<Submission> read_submission_as(const Schema& schema, const json::value& body, WallTime now);

/// Reads an array of submissions, or {jobs: […]} (jobs-family.md, Submit). Refusals name the place of the job: its `index`
/// among the details, and the path of its member from the root.
Result<Batch> read_bulk(const json::value& body, WallTime now);

/// Reads a workflow: its jobs, with what they wait for among each other, and what is asked of the whole.
Result<Batch> read_workflow(const json::value& body, WallTime now);

}  // namespace lanekeeper::web

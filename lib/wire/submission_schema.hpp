#pragma once
#include "base/schema.hpp"

namespace lanekeeper::wire {

/// What a submission may say (jobs-family.md, Submit).
const Schema& submission_schema();
/// One job of a workflow: the same, and its key (jobs-family.md, Workflow).
const Schema& workflow_job_schema();
/// A bulk submission that is an object; it may be a bare array, too.
const Schema& bulk_schema();
/// A workflow, its jobs under either name. The one for clients; `workflow_frame_schema` leaves its jobs unread.
const Schema& workflow_schema();
const Schema& workflow_frame_schema();

}  // namespace lanekeeper::wire

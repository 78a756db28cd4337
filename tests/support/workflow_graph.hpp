#pragma once
#include "job/aggregate.hpp"
#include "support/graph.hpp"

namespace lanekeeper::testing {

/// A workflow whose own job has this key, and its jobs.
inline Mutation workflow(std::int64_t own, const std::vector<Node>& nodes, json::object keys = {}) {
    Mutation mutation = graph(nodes);
    for (auto& insert : mutation.inserts) insert.job.workflow_id = job_id(own);
    JobInsert insert;
    insert.job = a_job(own, "");
    insert.job.type = std::string(aggregate_type);
    insert.job.payload = aggregate_payload("dag", nodes.size(), std::move(keys));
    insert.job.open_dependencies = int(nodes.size());
    mutation.inserts.insert(mutation.inserts.begin(), std::move(insert));
    return mutation;
}

/// Ends a job as the queue does: with what it said.
inline Committed end_with(StoreFixture& s, std::int64_t key, JobState state, json::object result = {}) {
    Mutation mutation;
    mutation.updates.push_back(ending(s, key, state));
    mutation.updates.back().next.result = std::move(result);
    mutation.tell = tell_event;
    return s.commit(std::move(mutation));
}

inline Committed cancel_workflow(StoreFixture& s, std::int64_t own) {
    Mutation mutation;
    mutation.tell = tell_event;
    mutation.cancels.emplace_back(own, "user_requested");
    return s.commit(std::move(mutation));
}

}  // namespace lanekeeper::testing

#pragma once
#include "agents/agent_policy.hpp"
#include "runtime/runtime.hpp"

namespace lanekeeper {

/// A turn of this agent: its rights are the policy's; a model and an effort are where the request names none.
inline void apply_policy(TurnRequest& request, const AgentPolicy& policy) {
    request.sandbox = policy.sandbox;
    request.network_access = policy.network_access;
    request.approval_policy = policy.approval_policy;
    if (!request.model) request.model = policy.model;
    if (!request.effort) request.effort = policy.effort;
}

}  // namespace lanekeeper

#pragma once
#include "web/context.hpp"

#include <memory>

namespace lanekeeper::web {

// What workers say on a socket (jobs-family.md, Workers in any language): {type: "worker.claim", id, …} and its like, answered
// as the routes of /api/workers answer the same members: {type, id, ok: true, …} or {type, id, ok: false, error, message,
// details?}. A claim that got no job says `job: null`.

/// worker.claim, worker.heartbeat, worker.progress, worker.complete, worker.fail.
bool is_worker_call(std::string_view type);
/// Whether it may wait for long.
bool waits(const json::object& call);

/// Who says it.
struct Worker {
    Worker() = default;
    Worker(Role role_, std::string caller_) : role(role_), caller(std::move(caller_)) {}
    Role role = Role::viewer;
    std::string caller;
    std::shared_ptr<Presence> presence;  // of a call that waits
};

/// Throws nothing but cancellation.
Task<json::object> answer_worker_call(const WebContext& context, json::object call, Worker worker);
/// The answer to one that is not taken up.
json::object refuse_worker_call(const json::object& call, const Problem& problem);

}  // namespace lanekeeper::web

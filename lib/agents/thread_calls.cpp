#include "agents/thread_calls.hpp"

namespace lanekeeper {

Problem without_thread(const session::Session& session) {
    json::object details{{"sessionId", session.id}};
    if (session.materialized)
        return {"invalid_state", "the runtime has lost the chat's thread; the next message begins a new one", std::move(details)};
    details["archived"] = session.archived;
    return {"not_materialized", "the chat never ran", std::move(details)};
}

}  // namespace lanekeeper

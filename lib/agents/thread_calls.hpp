#pragma once
#include "async/task.hpp"
#include "base/error.hpp"
#include "session/session.hpp"

#include <type_traits>
#include <utility>

namespace lanekeeper {

/// A chat that we have, and of which the runtime has no thread: `not_materialized` {sessionId, archived} when it never ran,
/// else `invalid_state` {sessionId}, a thread that is lost. `not_found` is for chats that nobody knows (api.md 1).
Problem without_thread(const session::Session& session);

/// What the runtime does with the chat's thread; its `not_found` becomes `without_thread`, all else it throws passes.
template <class T>
Task<Result<T>> on_thread(session::Session session, Task<T> work) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(work);
            co_return Result<void>();
        } else {
            auto done = co_await std::move(work);
            co_return Result<T>(std::move(done));
        }
    } catch (const RuntimeRefusal& refusal) {
        if (refusal.code != "not_found") throw;
    }
    co_return without_thread(session);
}

}  // namespace lanekeeper

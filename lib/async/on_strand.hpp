#pragma once
#include "async/task.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lanekeeper {

using Strand = asio::strand<asio::any_io_executor>;

/// Runs to its end, whatever becomes of the caller: a change of state must not stop between its commit and what
/// memory remembers of it.
template <class T>
Task<T> sheltered(Task<T> work) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_return co_await std::move(work);
}

/// Runs `work` on that strand, sheltered; the caller resumes on its own executor (nested until its next suspension,
/// so it should do nothing long right after).
template <class T>
Task<T> on_strand(Strand strand, Task<T> work) {
    auto inside = sheltered(std::move(work));
    co_return co_await asio::co_spawn(strand, std::move(inside), asio::use_awaitable);
}

}  // namespace lanekeeper

#pragma once
#include "async/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace lanekeeper::testing {

/// Runs a coroutine to its end on a loop of its own and returns what it returns, or throws what it throws.
template <class T>
T run_task(Task<T> task) {
    asio::io_context loop(1);
    std::exception_ptr error;
    std::optional<T> value;
    auto done = [&](std::exception_ptr failed, T result) {
        error = failed;
        if (!failed) value.emplace(std::move(result));
    };
    asio::co_spawn(loop, std::move(task), done);
    loop.run();
    if (error) std::rethrow_exception(error);
    return std::move(*value);
}

inline void run_task(Task<void> task) {
    asio::io_context loop(1);
    std::exception_ptr error;
    auto done = [&](std::exception_ptr failed) { error = failed; };
    asio::co_spawn(loop, std::move(task), done);
    loop.run();
    if (error) std::rethrow_exception(error);
}

}  // namespace lanekeeper::testing

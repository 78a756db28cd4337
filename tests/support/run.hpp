#pragma once
#include "async/nursery.hpp"
#include "support/manual_time.hpp"

#include <exception>
#include <optional>
#include <stdexcept>

namespace lanekeeper {

/// One io_context under manual time, and the means to await things in a test.
struct Stage {
    ManualTime time;
    asio::io_context context{1};
    Nursery nursery{context.get_executor(), "stage"};

    asio::any_io_executor executor() { return context.get_executor(); }
    void settle() { ManualTime::settle(context); }
    void advance(Millis span) { time.advance(context, span); }

    /// Runs a coroutine to its end, moving time as it needs; rethrows what escapes from it.
    template <class T>
    T wait_for(Task<T> task) {
        auto result = std::make_shared<std::optional<T>>();
        auto keep = [](Task<T> inner, std::shared_ptr<std::optional<T>> out) -> Task<void> {
            auto value = co_await std::move(inner);
            out->emplace(std::move(value));
        };
        run(keep(std::move(task), result));
        return std::move(**result);
    }
    void wait_for(Task<void> task) { run(std::move(task)); }

private:
    void run(Task<void> task) {
        bool done = false;
        std::exception_ptr failure;
        nursery.start("test", std::move(task), [&](std::exception_ptr error) {
            failure = error;
            done = true;
        });
        if (!time.run_until(context, [&] { return done; })) throw std::runtime_error("nothing is left to wait for");
        if (failure) std::rethrow_exception(failure);
    }
};

}  // namespace lanekeeper

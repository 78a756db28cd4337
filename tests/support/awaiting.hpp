#pragma once
#include "async/nursery.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace lanekeeper {

/// The means to await things in a test. Whoever has them says which loop runs, and how.
class Awaiting {
public:
    /// Runs a coroutine to its end; rethrows what escapes from it.
    template <class T>
    T wait_for(Task<T> task) {
        auto result = std::make_shared<std::optional<T>>();
        wait_for(keep(std::move(task), result));
        return std::move(**result);
    }
    void wait_for(Task<void> task) {
        bool over = false;
        std::exception_ptr failure;
        awaiting_nursery().start("test", std::move(task), [&](std::exception_ptr error) {
            failure = error;
            over = true;
        });
        run_until([&] { return over; });
        if (failure) std::rethrow_exception(failure);
    }

protected:
    virtual ~Awaiting() = default;

    template <class T>
    static Task<void> keep(Task<T> inner, std::shared_ptr<std::optional<T>> out) {
        auto value = co_await std::move(inner);
        out->emplace(std::move(value));
    }

private:
    virtual Nursery& awaiting_nursery() = 0;
    /// Throws when it does not come true.
    virtual void run_until(const std::function<bool()>& done) = 0;
};

}  // namespace lanekeeper

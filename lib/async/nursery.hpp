#pragma once
#include "async/task.hpp"

#include <boost/asio/cancellation_type.hpp>

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lanekeeper {

/// Owns coroutines: starts them on one executor, keeps a cancellation signal each, logs what escapes from them, and can
/// be awaited until the last has ended. Nothing in this program runs without one. All members on its executor; it must
/// be empty when it is destroyed, which a debug build asserts. A loop that is destroyed takes its coroutines with it.
class Nursery {
public:
    Nursery(asio::any_io_executor executor, std::string name);
    ~Nursery();
    Nursery(const Nursery&) = delete;
    Nursery& operator=(const Nursery&) = delete;

    using Done = std::function<void(std::exception_ptr)>;

    /// One coroutine that runs here.
    class Child {
    public:
        virtual ~Child() = default;
        /// On the nursery's executor. Nothing happens when it has ended.
        virtual void cancel(asio::cancellation_type type) = 0;
    };

    /// Starts `task` with a first step of its own, so that a cancellation never meets a coroutine that has not begun.
    /// What is asked before that step comes to the task at its beginning, in the state that every coroutine begins with: all
    /// but `terminal` is lost on it. A task that must heed such a wish looks for it itself.
    /// `done` is called on the executor when it has ended, with what it threw; without a `done` that is logged.
    std::shared_ptr<Child> start(std::string what, Task<void> task, Done done = {});

    void cancel_all(asio::cancellation_type type);
    std::size_t size() const;
    /// What still runs, by the names it was started under.
    std::vector<std::string> names() const;

    /// Returns when nothing runs. Any number of waiters; not cancellable.
    Task<void> wait_empty();

    const asio::any_io_executor& executor() const;

private:
    struct State;
    class Ending;
    std::shared_ptr<State> state_;
};

/// Logs what escaped from a coroutine; cancellations are no news.
void log_escape(const std::string& what, const std::exception_ptr& failure);

}  // namespace lanekeeper

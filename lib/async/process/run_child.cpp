#include "async/process/run_child.hpp"

#include "async/nursery.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <utility>

namespace lanekeeper {
namespace {

using boost::system::error_code;
using Pipe = asio::posix::stream_descriptor;

/// A child from its start until it is reaped.
struct Life {
    Life(const asio::any_io_executor& executor, Child started, std::string given_, ChildLimits limits_, TimeSource& time_)
        : child(std::move(started)), input(executor, child.input.release()), output(executor, child.output.release()),
          errors(executor, child.errors.release()), ended(executor, child.life.release()), given(std::move(given_)),
          limits(limits_), time(time_), alarm(time.alarm(executor)) {}

    Child child;
    Pipe input, output, errors, ended;
    const std::string given;
    const ChildLimits limits;
    TimeSource& time;
    std::unique_ptr<Alarm> alarm;  // it has ended, or is to
    std::array<char, 16 * 1024> output_buffer{};
    std::array<char, 4 * 1024> errors_buffer{};
    ChildEnd end;
    bool dead = false;

    void take_output(std::size_t size) {
        auto room = limits.output - end.output.size();
        end.output.append(output_buffer.data(), std::min(size, room));
        if (size <= room) return;
        end.too_large = true;
        alarm->wake();
    }
    void take_errors(std::size_t size) {
        end.errors.append(errors_buffer.data(), size);
        if (end.errors.size() > 2 * limits.errors + errors_buffer.size()) keep_tail();
    }
    void keep_tail() {
        if (end.errors.size() > limits.errors) end.errors.erase(0, end.errors.size() - limits.errors);
    }
};
using LifePtr = std::shared_ptr<Life>;

// What a dead child left in a pipe is there to be read at once; nothing waits for those who hold the pipe open still.
template <class Take>
void drain(Pipe& pipe, asio::mutable_buffer buffer, std::size_t at_most, Take take) {
    error_code error;
    pipe.non_blocking(true, error);
    for (std::size_t got = 0; !error && got < at_most;) {
        auto size = pipe.read_some(buffer, error);
        if (error) break;
        got += size;
        take(size);
    }
    error_code ignored;
    pipe.close(ignored);
}

constexpr std::size_t pipe_holds = 1 << 20;  // more than a pipe does, unless somebody goes on filling it

// A child need not read what it is given.
Task<void> write_input(LifePtr life) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    auto buffer = asio::buffer(life->given);
    if (!life->dead) co_await asio::async_write(life->input, buffer, token);
    life->input.close(error);
}

Task<void> read_output(LifePtr life) {
    auto buffer = asio::buffer(life->output_buffer);
    while (!life->dead && !life->end.too_large) {
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto size = co_await life->output.async_read_some(buffer, token);
        if (error) break;
        life->take_output(size);
    }
    if (life->dead) drain(life->output, buffer, pipe_holds, [&](std::size_t size) { life->take_output(size); });
}

Task<void> read_errors(LifePtr life) {
    auto buffer = asio::buffer(life->errors_buffer);
    while (!life->dead) {
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto size = co_await life->errors.async_read_some(buffer, token);
        if (error) break;
        life->take_errors(size);
    }
    if (life->dead) drain(life->errors, buffer, pipe_holds, [&](std::size_t size) { life->take_errors(size); });
    life->keep_tail();
}

Task<void> await_death(LifePtr life) {
    std::optional<int> status;
    error_code error;
    while (!status && !error) {
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await life->ended.async_wait(Pipe::wait_read, token);
        status = life->child.reap();
    }
    life->end.status = status.value_or(SIGKILL);
    life->dead = true;
    life->input.cancel(error);
    life->output.cancel(error);
    life->errors.cancel(error);
    life->alarm->wake();
}

/// False when it was cancelled instead.
Task<bool> wait_until(LifePtr life, MonoTime deadline) {
    try {
        auto waiting = life->alarm->wait_until(deadline);
        co_await std::move(waiting);
    } catch (const boost::system::system_error&) {
        co_return false;
    }
    co_return true;
}

// Returns when the child is dead. → whether it was asked to end.
Task<bool> see_to_end(LifePtr life) {
    bool asked = false;
    while (!life->dead && !life->end.too_large && !asked) {
        auto waiting = wait_until(life, MonoTime::max());
        auto woken = co_await std::move(waiting);
        asked = !woken;
    }
    asked = asked && !life->dead;
    if (asked) {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        life->child.signal_group(SIGTERM);
        auto deadline = life->time.mono() + life->limits.grace;
        bool patient = true;
        while (patient && !life->dead && life->time.mono() < deadline) {
            auto waiting = wait_until(life, deadline);
            patient = co_await std::move(waiting);
        }
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (!life->dead) life->child.signal_group(SIGKILL);
    while (!life->dead) {
        auto waiting = life->alarm->wait();
        co_await std::move(waiting);
    }
    co_return asked;
}

}  // namespace

Task<ChildEnd> run_child(Child child, std::string input, ChildLimits limits, TimeSource& time) {
    auto executor = co_await asio::this_coro::executor;
    auto life = std::make_shared<Life>(executor, std::move(child), std::move(input), limits, time);
    Nursery pipes(executor, "child");
    pipes.start("input", write_input(life));
    pipes.start("output", read_output(life));
    pipes.start("errors", read_errors(life));
    pipes.start("end", await_death(life));
    auto ending = see_to_end(life);
    bool asked = co_await std::move(ending);
    auto closing = pipes.wait_empty();
    co_await std::move(closing);
    if (asked) throw boost::system::system_error(asio::error::operation_aborted);
    co_return std::move(life->end);
}

}  // namespace lanekeeper

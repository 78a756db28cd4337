#pragma once
// Private to the sources of AppServer.
#include "runtime/codex/app_server.hpp"
#include "runtime/codex/stderr_log.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <deque>

namespace lanekeeper::codex {

/// One process, from its start until it is reaped.
struct AppServer::Life {
    Life(const asio::any_io_executor& executor, Child started, std::unique_ptr<Alarm> alarm)
        : child(std::move(started)), input(executor, child.input.release()), output(executor, child.output.release()),
          errors(executor, child.errors.release()), ended(executor, child.life.release()), write_alarm(std::move(alarm)) {}

    Child child;
    asio::posix::stream_descriptor input, output, errors, ended;
    std::unique_ptr<Alarm> write_alarm;
    std::deque<std::string> outgoing;
    LineReader lines;
    StderrLog stderr_log;
    std::array<char, 64 * limits::kib> output_buffer{};
    std::array<char, 4 * limits::kib> errors_buffer{};
    std::optional<int> status;   // it has ended
    bool output_ended = false;  // all that it said was read
    bool worked = false;        // a turn began
    bool over = false;          // nothing more is written
    bool ending = false;        // it is asked to end, ever louder
    int pushes = 0;
    int unreadable = 0;  // lines in a row
    MonoTime next_push{};
    std::optional<MonoTime> ready_since;
};

}  // namespace lanekeeper::codex

// AppServer: the pipes of one process.
#include "runtime/codex/app_server_life.hpp"

#include "base/log.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace lanekeeper::codex {
namespace {

constexpr int unreadable_max = 20;  // in a row: framing is lost
constexpr int last_looks = 25;
constexpr Millis last_look{10};

}  // namespace

Task<void> AppServer::read_output(LifePtr life) {
    for (;;) {
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto buffer = asio::buffer(life->output_buffer);
        auto size = co_await life->output.async_read_some(buffer, token);
        if (error) break;
        last_heard_ = time_.mono();
        for (auto& line : life->lines.feed({life->output_buffer.data(), size})) take_line(life, std::move(line));
    }
    life->output_ended = true;
    // A process that ends closes its output a moment before.
    for (int looks = 0; looks < last_looks && !life->over; ++looks) co_await pause_for(time_, last_look);
    if (!life->over) condemn(life, "it closed its output");
}

Task<void> AppServer::read_errors(LifePtr life) {
    for (;;) {
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto buffer = asio::buffer(life->errors_buffer);
        auto size = co_await life->errors.async_read_some(buffer, token);
        if (error) co_return;
        life->stderr_log.take({life->errors_buffer.data(), size}, time_.mono());
    }
}

// The only writer; closes the input when nothing more is to be written.
Task<void> AppServer::write_input(LifePtr life) {
    while (!life->over) {
        if (life->outgoing.empty()) {
            co_await life->write_alarm->wait();
            continue;
        }
        auto line = std::move(life->outgoing.front());
        life->outgoing.pop_front();
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto buffer = asio::buffer(line);
        co_await asio::async_write(life->input, buffer, token);
        if (error) break;
    }
    if (!life->over) condemn(life, "it takes no input");
    boost::system::error_code ignored;
    life->input.close(ignored);
}

Task<void> AppServer::await_death(LifePtr life) {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await life->ended.async_wait(asio::posix::stream_descriptor::wait_read, token);
    life->status = life->child.reap();
    if (!life->status) life->status = -1;
    life->over = true;
    life->write_alarm->wake();
    alarm_->wake();
    // What it said before its end is in the pipe still; but something that it left behind may hold the pipe open.
    for (int looks = 0; looks < last_looks && !life->output_ended; ++looks) co_await pause_for(time_, last_look);
    boost::system::error_code ignored;
    life->output.close(ignored);
    life->errors.close(ignored);
    life->input.cancel(ignored);
}

void AppServer::take_line(const LifePtr& life, Line line) {
    if (!line.cut()) return take_message(life, read_message(line.text));
    auto id = answered_call(line.text);
    log_warn("codex said too long a line", {{"bytes", line.length}, {"call", id.value_or(0)}});
    if (!id) return;
    CallEnd end(CallEnd::How::refused);
    end.error = RpcError(0, "the answer is too long");
    book_.end(*id, std::move(end));
    pump();
}

void AppServer::take_message(const LifePtr& life, Message message) {
    bool readable = message.kind != Message::Kind::unreadable;
    life->unreadable = readable ? 0 : life->unreadable + 1;
    switch (message.kind) {
        case Message::Kind::reply: {
            auto id = message.id;
            if (book_.is_open(id)) book_.answer(std::move(message));
            else answered_late(id, end_of(std::move(message)));
            pump();
            break;
        }
        case Message::Kind::notification:
            if (message.method == "turn/started") life->worked = true;
            if (events_.notice) events_.notice(std::move(message));
            break;
        case Message::Kind::request: {
            auto line = events_.request(message);
            if (line) send(*life, std::move(*line));
            break;
        }
        case Message::Kind::unreadable: log_warn("codex said something unreadable", {{"problem", message.problem}}); break;
    }
    if (life->unreadable > unreadable_max) condemn(life, "nothing it says can be read");
}

void AppServer::answered_late(std::int64_t call, const CallEnd& end) {
    log_debug("codex answered late", {{"call", call}});
    if (events_.late) events_.late(call, end);
}

void AppServer::send(Life& life, std::string line) {
    if (life.over) return;
    life.outgoing.push_back(std::move(line));
    life.write_alarm->wake();
}

void AppServer::reply(std::string line) {
    if (life_) send(*life_, std::move(line));
}

void AppServer::pump() {
    if (!life_ || life_->over) return;
    for (auto& line : book_.take_ready()) send(*life_, std::move(line));
}

}  // namespace lanekeeper::codex

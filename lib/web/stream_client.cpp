#include "web/stream_client.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "web/worker_call.hpp"

#include <boost/asio/post.hpp>

namespace lanekeeper::web {
namespace {

constexpr std::size_t commands_waiting = 64;  // then the reader waits

}  // namespace

StreamClient::StreamClient(Setup setup)
    : context_(setup.context), executor_(setup.executor), deadline_(setup.deadline), request_(std::move(setup.request)),
      operator_role_(setup.operator_role), children_(setup.executor, "stream") {
    auto& time = context_.services.time;
    writer_ = time.alarm(executor_);
    talker_ = time.alarm(executor_);
    reader_ = time.alarm(executor_);
}

void StreamClient::prepare() {
    // Publishers are on other threads and must not wait: they leave one wake-up at a time.
    auto wake = [weak = weak_from_this(), posted = wake_posted_, executor = executor_] {
        if (posted->exchange(true)) return;
        asio::post(executor, [weak, posted] {
            posted->store(false);
            if (auto self = weak.lock()) self->woken();
        });
    };
    outbox_ = std::make_shared<Outbox>(context_.counters, std::move(wake));
    feed_ = std::make_shared<Feed>(context_.feed, outbox_, context_.services.time.alarm(executor_), operator_role_);
}

void StreamClient::woken() {
    writer_->wake();
    if (outbox_->open()) return;
    talker_->wake();
    leave_claims();
    feed_->room_made();
    if (closing_) return;
    closing_ = true;
    deadline_.set(outbox_->overflowed() ? limits::write_stall : limits::stop_sockets);
}

void StreamClient::close(std::uint16_t code, std::string reason) {
    if (outbox_) outbox_->close(code, std::move(reason));
    else cut();
}

Task<void> StreamClient::run(std::shared_ptr<StreamClient> self) {
    prepare();
    bool greeted = co_await greet();
    if (!greeted) co_return;
    children_.start("stream talker", talk(self));
    children_.start("stream writer", write_loop(self));
    co_await read_loop();
    if (gone_) cut();
    outbox_->close(1000, "", gone_);
    woken();
    co_await children_.wait_empty();
    feed_->leave();
}

Task<void> StreamClient::take(StreamCommand command) {
    while (commands_.size() >= commands_waiting && outbox_->open()) co_await reader_->wait();
    commands_.push_back(std::move(command));
    talker_->wake();
}

Task<void> StreamClient::talk([[maybe_unused]] std::shared_ptr<StreamClient> self) {
    bool failed = false;
    try {
        co_await feed_->open(request_.topics, request_.cursor);
        while (outbox_->open()) {
            if (!answers_.empty()) {
                auto answer = std::move(answers_.front());
                answers_.pop_front();
                co_await feed_->say(std::move(answer));
                continue;
            }
            if (commands_.empty()) {
                co_await talker_->wait();
                continue;
            }
            auto command = std::move(commands_.front());
            commands_.pop_front();
            reader_->wake();
            co_await obey(std::move(command));
        }
    } catch (const StorageUnavailable& e) {
        failed = true;
        log_warn("stream without store", {{"error", e.what()}});
    }
    if (failed) outbox_->close(1011, "storage unavailable");
    reader_->wake();
}

Task<void> StreamClient::obey(StreamCommand command) {
    json::object reply;
    switch (command.kind) {
        case StreamCommand::Kind::subscribe:
            co_await feed_->subscribe(std::move(command.threads), std::move(command.cursor));
            co_return;
        case StreamCommand::Kind::unsubscribe: co_await feed_->unsubscribe(); co_return;
        case StreamCommand::Kind::worker: co_await answer_worker(std::move(command.call)); co_return;
        case StreamCommand::Kind::ping: reply = {{"type", "pong"}}; break;
        case StreamCommand::Kind::invalid: reply = {{"type", "error"}, {"message", "invalid websocket command"}}; break;
    }
    co_await feed_->say(std::move(reply));
}

// A claim may wait for long, and holds up nothing; the other calls of a worker are answered in their order.
Task<void> StreamClient::answer_worker(json::object call) {
    if (waits(call) && claims_.size() < limits::claims_per_socket) {
        begin_claim(std::move(call));
        co_return;
    }
    json::object reply;
    if (waits(call)) {
        json::object details{{"scope", "socket"}, {"limit", limits::claims_per_socket}, {"depth", claims_.size()}};
        reply = refuse_worker_call(call, Problem("queue_full", "too many claims wait on this socket", std::move(details)));
    } else {
        Worker worker(operator_role_ ? Role::operator_ : Role::viewer, "socket");
        reply = co_await answer_worker_call(context_, std::move(call), std::move(worker));
    }
    co_await feed_->say(std::move(reply));
}

void StreamClient::begin_claim(json::object call) {
    auto presence = std::make_shared<Presence>();
    claims_.insert(presence);
    auto self = shared_from_this();
    auto claiming = claim(self, std::move(call), presence);
    children_.start("claim", std::move(claiming), [self, presence](std::exception_ptr failure) {
        log_escape("claim of a socket", failure);
        self->claims_.erase(presence);
        self->talker_->wake();
    });
}

Task<void> StreamClient::claim([[maybe_unused]] std::shared_ptr<StreamClient> self, json::object call,
                               std::shared_ptr<Presence> presence) {
    Worker worker(operator_role_ ? Role::operator_ : Role::viewer, "socket");
    worker.presence = std::move(presence);
    auto reply = co_await answer_worker_call(context_, std::move(call), std::move(worker));
    answers_.push_back(std::move(reply));
}

/// Nobody will hear their answers.
void StreamClient::leave_claims() {
    auto claims = claims_;
    for (const auto& presence : claims) presence->leave();
}

Task<void> StreamClient::write_loop([[maybe_unused]] std::shared_ptr<StreamClient> self) {
    bool more = true;
    while (more) more = co_await write_next();
    cut();
}

Task<bool> StreamClient::write_next() {
    if (gone_) co_return false;
    auto message = outbox_->pop();
    if (message) {
        bool sent = co_await send(std::move(*message));
        if (!sent) gone_ = true;
        feed_->room_made();
        co_return sent;
    }
    auto order = outbox_->due_close();
    if (!order) {
        co_await wait_for_work();
        co_return true;
    }
    deadline_.set(limits::ws_close_time);
    co_await send_close(std::move(*order));
    co_return false;
}

Task<void> StreamClient::wait_for_work() {
    auto beat_after = heartbeat();
    if (!beat_after) {
        co_await writer_->wait();
        co_return;
    }
    auto due = context_.services.time.mono() + *beat_after;
    co_await writer_->wait_until(due);
    if (context_.services.time.mono() < due) co_return;
    bool alive = co_await beat();
    if (!alive) gone_ = true;
}

}  // namespace lanekeeper::web

#include "web/stream_client.hpp"

#include "base/limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <array>

namespace lanekeeper::web {
namespace {

using Error = boost::system::error_code;

class EventStreamClient final : public StreamClient {
public:
    EventStreamClient(Setup setup, asio::ip::tcp::socket socket, std::string head)
        : StreamClient(std::move(setup)), socket_(std::move(socket)), head_(std::move(head)) {
        ++context_.counters.event_streams;
    }
    ~EventStreamClient() override { --context_.counters.event_streams; }

    void cut() override {
        Error ignored;
        socket_.close(ignored);
    }

protected:
    Task<bool> greet() override {
        bool sent = co_await write(head_);
        co_return sent;
    }

    /// Nothing is expected of the client but that it goes away one day.
    Task<void> read_loop() override {
        std::array<char, 256> unread;
        Error error;
        while (!error) {
            auto token = asio::redirect_error(asio::use_awaitable, error);
            co_await socket_.async_read_some(asio::buffer(unread), token);
        }
        lost();
    }

    Task<bool> send(OutMessage message) override {
        std::string text;
        if (message.seq > 0) text = fmt::format("id: {}:{}\n", context_.feed.epoch, message.seq);
        text += fmt::format("data: {}\n\n", *message.text);
        bool sent = co_await write(std::move(text));
        co_return sent;
    }

    Task<void> send_close(CloseOrder order) override {
        co_await write(fmt::format(": closed {} {}\n\n", order.code, order.reason));
    }

    std::optional<Millis> heartbeat() const override { return limits::ws_ping_after; }

    Task<bool> beat() override {
        bool sent = co_await write(": ping\n\n");
        co_return sent;
    }

private:
    Task<bool> write(std::string text) {
        Error error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto bytes = asio::buffer(text);
        if (!closing()) deadline_.set(limits::write_time);
        co_await asio::async_write(socket_, bytes, token);
        if (!closing()) deadline_.clear();
        co_return !error;
    }

    asio::ip::tcp::socket socket_;
    const std::string head_;
};

}  // namespace

std::shared_ptr<StreamClient> make_event_stream_client(
    const WebContext& context, asio::ip::tcp::socket socket, Deadline& deadline, StreamRequest request,
    const ApiRequest& asked, std::vector<std::pair<std::string, std::string>> headers) {
    std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nConnection: close\r\n";
    for (const auto& [name, value] : headers) head += fmt::format("{}: {}\r\n", name, value);
    StreamClient::Setup setup{context, socket.get_executor(), deadline, std::move(request), asked.role >= Role::operator_};
    return std::make_shared<EventStreamClient>(std::move(setup), std::move(socket), head + "\r\n");
}

}  // namespace lanekeeper::web

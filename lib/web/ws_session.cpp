// The only source that knows Beast's WebSocket.
#include "web/stream_client.hpp"

#include "base/limits.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket.hpp>

namespace lanekeeper::web {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using Error = beast::error_code;
using Socket = websocket::stream<asio::ip::tcp::socket>;

/// One ping after half the idle time, closed after the whole of it (api.md 7).
websocket::stream_base::timeout timeouts() {
    static_assert(limits::ws_ping_after * 2 == limits::ws_idle);
    websocket::stream_base::timeout timeout;
    timeout.handshake_timeout = limits::header_time;
    timeout.idle_timeout = limits::ws_idle;
    timeout.keep_alive_pings = true;
    return timeout;
}

/// Whether the first offer of compression, the one that is answered, lets the server choose the client's window.
bool leaves_window_to_us(std::string_view extensions) {
    for (const auto& extension : http::ext_list(extensions)) {
        if (!beast::iequals(extension.first, "permessage-deflate")) continue;
        for (const auto& parameter : extension.second)
            if (beast::iequals(parameter.first, "client_max_window_bits")) return true;
        return false;
    }
    return false;
}

/// Small windows: some 20 KiB a client instead of 300. A client that did not offer to make its own small has the whole
/// one, and costs 30 KiB more: with less, the library would decline its offer.
websocket::permessage_deflate compression(std::string_view extensions) {
    websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    deflate.server_max_window_bits = 11;
    deflate.client_max_window_bits = leaves_window_to_us(extensions) ? 11 : 15;
    deflate.memLevel = 3;
    deflate.msg_size_threshold = 512;
    return deflate;
}

class WebSocketClient final : public StreamClient {
public:
    WebSocketClient(Setup setup, asio::ip::tcp::socket socket, std::string head, std::string request_id)
        : StreamClient(std::move(setup)), socket_(std::move(socket)), head_(std::move(head)), request_id_(std::move(request_id)) {
        ++context_.counters.websocket_clients;
    }
    ~WebSocketClient() override { --context_.counters.websocket_clients; }

    void cut() override {
        Error ignored;
        beast::get_lowest_layer(socket_).close(ignored);
    }

protected:
    Task<bool> greet() override {
        socket_.set_option(timeouts());
        socket_.read_message_max(limits::ws_message);
        socket_.auto_fragment(false);
        auto add_id = [id = request_id_](websocket::response_type& response) { response.set("X-Request-Id", id); };
        socket_.set_option(websocket::stream_base::decorator(add_id));
        Error error;
        http::request_parser<http::string_body> parser;
        parser.put(asio::buffer(head_), error);
        if (error) co_return false;
        socket_.set_option(compression(parser.get()[http::field::sec_websocket_extensions]));
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await socket_.async_accept(parser.get(), token);
        socket_.text(true);
        co_return !error;
    }

    Task<void> read_loop() override {
        beast::flat_buffer buffer;
        for (;;) {
            Error error;
            auto token = asio::redirect_error(asio::use_awaitable, error);
            co_await socket_.async_read(buffer, token);
            if (error) break;
            if (socket_.got_binary()) {
                close_now(websocket::close_code::unknown_data, "text messages only");
                co_return;
            }
            auto data = buffer.cdata();
            auto command = read_stream_command({static_cast<const char*>(data.data()), data.size()});
            buffer.consume(buffer.size());
            co_await take(std::move(command));
        }
        lost();
    }

    Task<bool> send(OutMessage message) override {
        Error error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto bytes = asio::buffer(*message.text);
        co_await socket_.async_write(bytes, token);
        co_return !error;
    }

    Task<void> send_close(CloseOrder order) override {
        websocket::close_reason reason(order.code);
        reason.reason = order.reason;
        Error error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await socket_.async_close(reason, token);
    }

private:
    Socket socket_;
    const std::string head_;
    const std::string request_id_;
};

}  // namespace

std::shared_ptr<StreamClient> make_websocket_client(const WebContext& context, asio::ip::tcp::socket socket, Deadline& deadline,
                                                    StreamRequest request, const ApiRequest& upgrade, std::string head) {
    StreamClient::Setup setup{context, socket.get_executor(), deadline, std::move(request), upgrade.role >= Role::operator_};
    return std::make_shared<WebSocketClient>(std::move(setup), std::move(socket), std::move(head), upgrade.request_id);
}

}  // namespace lanekeeper::web

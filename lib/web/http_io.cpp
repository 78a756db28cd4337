// The only source that knows Beast's HTTP.
#include "web/http_io.hpp"

#include "base/limits.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

namespace lanekeeper::web {
namespace {

namespace http = boost::beast::http;
using Response = http::response<http::string_body>;

constexpr std::size_t read_step = 8 * limits::kib;
constexpr std::size_t buffer_limit = limits::header_block + 64 * limits::kib;

Response make_response(ApiReply reply, const HttpIo::ReplyFrame& frame) {
    Response response{http::status(reply.status), frame.http10 ? 10u : 11u};
    response.keep_alive(frame.keep);
    response.set(http::field::date, frame.date);
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : *frame.headers) response.set(name, value);
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    if (reply.status == 204) return response;
    response.set(http::field::content_type, reply.content_type);
    response.body() = reply.text ? std::move(*reply.text) : json::serialize(reply.body);
    response.prepare_payload();
    return response;
}

}  // namespace

std::string HttpIo::take(std::size_t size) {
    auto taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
}

Task<HttpIo::Error> HttpIo::read_more() {
    auto before = received_.size();
    received_.resize(before + read_step);
    auto space = asio::buffer(received_.data() + before, read_step);
    Error error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    auto count = co_await socket_.async_read_some(space, token);
    received_.resize(before + (error ? 0 : count));
    co_return error;
}

Task<HttpIo::Body> HttpIo::read_body(std::string_view head, std::size_t limit, std::string& body) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(limits::header_block);
    parser.body_limit(limit);
    Error error;
    parser.put(asio::buffer(head), error);
    if (error == http::error::body_limit) co_return Body::too_large;
    if (error) co_return Body::malformed;
    auto buffer = asio::dynamic_buffer(received_, buffer_limit);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await http::async_read(socket_, buffer, parser, token);
    if (error == http::error::body_limit) co_return Body::too_large;
    if (error) co_return Body::malformed;
    body = std::move(parser.get().body());
    co_return Body::complete;
}

Task<bool> HttpIo::wait_gone() {
    if (!received_.empty()) co_return false;
    Error error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, token);
    if (error) co_return false;
    char next = 0;
    auto space = asio::buffer(&next, 1);
    socket_.non_blocking(true, error);
    if (!error) socket_.receive(space, asio::ip::tcp::socket::message_peek, error);
    co_return error && error != asio::error::would_block;
}

Task<bool> HttpIo::write_reply(ApiReply reply, const ReplyFrame& frame) {
    auto response = make_response(std::move(reply), frame);
    http::response_serializer<http::string_body> serializer(response);
    Error error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    if (frame.head_only) co_await http::async_write_header(socket_, serializer, token);
    else co_await http::async_write(socket_, serializer, token);
    if (error) close();
    co_return !error;
}

Task<bool> HttpIo::write_text(std::string text) {
    Error error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    auto bytes = asio::buffer(text);
    co_await asio::async_write(socket_, bytes, token);
    if (error) close();
    co_return !error;
}

std::string HttpIo::plain_reply(int status, std::string reason) {
    reason += "\n";
    auto phrase = http::obsolete_reason(http::status(status));
    return fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
        std::string_view(phrase.data(), phrase.size()), reason.size(), reason);
}

Task<void> HttpIo::discard_input() {
    std::size_t total = received_.size();
    received_.clear();
    Error error;
    std::string sink(read_step, '\0');
    while (!error && total < limits::discard_bytes) {
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto space = asio::buffer(sink);
        total += co_await socket_.async_read_some(space, token);
    }
}

asio::ip::tcp::socket HttpIo::release() {
    std::string().swap(received_);
    return std::move(socket_);
}

void HttpIo::finish_sending() {
    Error ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void HttpIo::cancel() {
    Error ignored;
    socket_.cancel(ignored);
}

void HttpIo::close() {
    Error ignored;
    socket_.close(ignored);
}

}  // namespace lanekeeper::web

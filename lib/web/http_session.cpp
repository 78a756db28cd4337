// The only source that knows Beast's HTTP.
#include "web/connection.hpp"

#include "async/nursery.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "web/admission.hpp"
#include "web/deadline.hpp"
#include "web/http_date.hpp"
#include "web/stream_client.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

namespace lanekeeper::web {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Error = beast::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t read_step = 8 * limits::kib;

std::string_view view(const beast::flat_buffer& buffer) {
    auto data = buffer.cdata();
    return {static_cast<const char*>(data.data()), data.size()};
}

class HttpSession final : public Connection, public std::enable_shared_from_this<HttpSession> {
public:
    HttpSession(const WebContext& context, asio::ip::tcp::socket socket)
        : context_(context), socket_(std::move(socket)), executor_(socket_.get_executor()), nursery_(executor_, "connection"),
          deadline_(context.services.time, executor_, [this] { out_of_time(); }) {}

    void start(std::function<void()> ended) override {
        ended_ = std::move(ended);
        auto self = shared_from_this();
        nursery_.start("http session", run(self), [self](std::exception_ptr error) { self->finished(error); });
        nursery_.start("http deadline", watch(self), [self](std::exception_ptr) { self->check_ended(); });
    }

    void stop() override {
        asio::post(executor_, [self = shared_from_this()] { self->stop_here(); });
    }

    void cut() override {
        asio::post(executor_, [self = shared_from_this()] { self->cut_here(); });
    }

private:
    /// What the deadline interrupts: a read that may still be answered, or everything.
    enum class Phase { waiting, reading, working, writing };

    Task<void> run(std::shared_ptr<HttpSession> self);
    Task<void> watch(std::shared_ptr<HttpSession> self);
    Task<bool> serve_one();
    Task<bool> read_block();
    Task<bool> end_of_input(Error error);
    Task<bool> serve(const HttpHead& head, Admission admission);
    Task<bool> read_body(const HttpHead& head, const Admission& admission);
    Task<bool> receive_body(Parser& parser);
    Task<bool> become_stream(Admission admission);
    Task<bool> reply_and_go_on(const HttpHead& head, const Admission& admission, ApiReply reply);
    Task<void> write_reply(const HttpHead& head, const Admission& admission, ApiReply reply, bool keep);
    Task<bool> write_plain(int status, std::string reason);
    Task<void> write_text(std::string text);
    Task<void> discard_input();

    void out_of_time();
    void stop_here();
    void cut_here();
    void close();
    void finished(const std::exception_ptr& error);
    void check_ended();

    const WebContext& context_;
    asio::ip::tcp::socket socket_;
    const asio::any_io_executor executor_;
    Nursery nursery_;
    Deadline deadline_;
    std::function<void()> ended_;
    std::shared_ptr<StreamClient> client_;
    beast::flat_buffer buffer_{limits::header_block + 64 * limits::kib};
    std::string block_;  // the head under way
    std::string body_;
    BodyState body_state_ = BodyState::complete;
    Phase phase_ = Phase::waiting;
    MonoTime started_{};
    bool stopping_ = false;
    bool unread_ = false;  // input is left that nobody will read
};

// --- life ---

void HttpSession::out_of_time() {
    if (client_) return client_->cut();
    Error ignored;
    if (phase_ == Phase::writing) close();
    else socket_.cancel(ignored);
}

void HttpSession::stop_here() {
    stopping_ = true;
    Error ignored;
    if (client_) client_->close(1012, "service restart");
    else if (phase_ == Phase::waiting) socket_.cancel(ignored);
}

void HttpSession::cut_here() {
    if (client_) return client_->cut();
    close();
    nursery_.cancel_all(asio::cancellation_type::terminal);
}

void HttpSession::close() {
    Error ignored;
    socket_.close(ignored);
}

void HttpSession::finished(const std::exception_ptr& error) {
    close();
    deadline_.close();
    if (error && !stopping_) log_warn("connection ended by an exception");
    check_ended();
}

void HttpSession::check_ended() {
    if (nursery_.size() == 0 && ended_) std::exchange(ended_, {})();
}

Task<void> HttpSession::watch(std::shared_ptr<HttpSession> self) { co_await deadline_.run(); }

Task<void> HttpSession::run(std::shared_ptr<HttpSession> self) {
    bool more = true;
    while (more) more = co_await serve_one();
    if (!socket_.is_open()) co_return;
    Error ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    if (unread_) co_await discard_input();
}

/// So that the client sees an answer that came before its request was read (api.md 1).
Task<void> HttpSession::discard_input() {
    deadline_.set(limits::discard_time);
    phase_ = Phase::writing;
    std::size_t total = buffer_.size();
    Error error;
    std::string sink(read_step, '\0');
    while (!error && total < limits::discard_bytes) {
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto space = asio::buffer(sink);
        total += co_await socket_.async_read_some(space, token);
    }
}

// --- one request ---

Task<bool> HttpSession::serve_one() {
    bool whole = co_await read_block();
    if (!whole) co_return false;
    started_ = context_.services.time.mono();
    deadline_.clear();
    phase_ = Phase::working;
    auto read = read_head(block_);
    if (read.fault) {
        bool more = co_await write_plain(read.fault->status, read.fault->reason);
        co_return more;
    }
    auto admission = admit(context_, read.head);
    bool more = co_await serve(read.head, std::move(admission));
    co_return more;
}

/// The head of the next request into `block_`. False: there is none, or it has been refused.
Task<bool> HttpSession::read_block() {
    phase_ = buffer_.size() == 0 ? Phase::waiting : Phase::reading;
    deadline_.set(buffer_.size() == 0 ? limits::keep_alive_idle : limits::header_time);
    while (!stopping_) {
        auto scan = scan_head(view(buffer_));
        if (scan.fault) {
            bool more = co_await write_plain(scan.fault->status, scan.fault->reason);
            co_return more;
        }
        if (scan.size > 0) {
            block_ = std::string(view(buffer_).substr(0, scan.size));
            buffer_.consume(scan.size);
            co_return true;
        }
        Error error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto space = buffer_.prepare(read_step);
        auto received = co_await socket_.async_read_some(space, token);
        if (error) {
            bool more = co_await end_of_input(error);
            co_return more;
        }
        buffer_.commit(received);
        if (phase_ == Phase::waiting) deadline_.set(limits::header_time);
        phase_ = Phase::reading;
    }
    co_return false;
}

Task<bool> HttpSession::end_of_input(Error error) {
    bool late = deadline_.expired();
    if (phase_ == Phase::waiting || !socket_.is_open()) co_return false;
    if (late) co_await write_plain(408, "the request came too slowly");
    else if (error == asio::error::eof) co_await write_plain(400, "the request ends too early");
    co_return false;
}

Task<bool> HttpSession::serve(const HttpHead& head, Admission admission) {
    bool stream = !admission.refusal && admission.route->kind != Route::Kind::reply;
    if (stream) {
        admission.refusal = check_stream(head, admission);
        if (!admission.refusal) {
            bool more = co_await become_stream(std::move(admission));
            co_return more;
        }
    }
    bool readable = co_await read_body(head, admission);
    if (!readable) co_return false;
    phase_ = Phase::working;
    ApiReply reply;
    if (admission.refusal) {
        reply = std::move(*admission.refusal);
    } else {
        Admission asked = admission;
        reply = co_await answer(context_, std::move(asked), body_state_, std::move(body_));
    }
    bool more = co_await reply_and_go_on(head, admission, std::move(reply));
    co_return more;
}

/// Into `body_`. False: the connection has ended, or has been told why it ends.
Task<bool> HttpSession::read_body(const HttpHead& head, const Admission& admission) {
    body_.clear();
    body_state_ = BodyState::complete;
    auto expect = head.field("expect");
    if (!expect.empty() && !same_word(expect, "100-continue")) {
        bool more = co_await write_plain(417, "only 100-continue can be expected");
        co_return more;
    }
    if (!head.has_body()) co_return true;
    if (head.content_length.value_or(0) > admission.body_limit) body_state_ = BodyState::too_large;
    unread_ = body_state_ == BodyState::too_large || (admission.refusal && !expect.empty());
    if (unread_) co_return true;
    if (!expect.empty()) co_await write_text("HTTP/1.1 100 Continue\r\n\r\n");
    Parser parser;
    parser.header_limit(limits::header_block);
    parser.body_limit(admission.body_limit);
    Error error;
    parser.put(asio::buffer(block_), error);
    if (error) {
        unread_ = true;
        bool more = co_await write_plain(400, "malformed request");
        co_return more;
    }
    bool received = co_await receive_body(parser);
    co_return received;
}

Task<bool> HttpSession::receive_body(Parser& parser) {
    phase_ = Phase::reading;
    deadline_.set(limits::body_time);
    Error error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await http::async_read(socket_, buffer_, parser, token);
    bool late = deadline_.expired();
    deadline_.clear();
    if (!error) {
        body_ = std::move(parser.get().body());
        co_return true;
    }
    unread_ = true;
    if (error == http::error::body_limit) {
        body_state_ = BodyState::too_large;
        co_return true;
    }
    if (late) co_await write_plain(408, "the body came too slowly");
    else if (socket_.is_open()) co_await write_plain(400, "malformed body");
    co_return false;
}

// --- streams ---

Task<bool> HttpSession::become_stream(Admission admission) {
    if (buffer_.size() > 0) {
        bool more = co_await write_plain(400, "data before the stream was opened");
        co_return more;
    }
    auto request = *read_stream_request(admission.request);
    if (admission.route->kind == Route::Kind::websocket) {
        client_ = make_websocket_client(context_, std::move(socket_), deadline_, std::move(request), admission.request,
                                        std::move(block_));
    } else {
        client_ = make_event_stream_client(context_, std::move(socket_), deadline_, std::move(request), admission.request,
                                           admission.reply_headers);
    }
    if (stopping_) client_->cut();
    co_await client_->run(client_);
    client_.reset();
    co_return false;
}

// --- replies ---

Task<bool> HttpSession::reply_and_go_on(const HttpHead& head, const Admission& admission, ApiReply reply) {
    bool keep = head.keep_alive() && !unread_ && !stopping_;
    int status = reply.status;
    co_await write_reply(head, admission, std::move(reply), keep);
    ++context_.counters.requests;
    if (log_enabled(LogLevel::debug)) {
        auto took = std::chrono::duration<double, std::milli>(context_.services.time.mono() - started_).count();
        std::string_view route = admission.route ? admission.route->pattern : std::string_view("-");
        log_debug("http", {{"method", head.method}, {"route", route}, {"status", status}, {"ms", took},
                           {"requestId", admission.request.request_id}, {"traceparent", admission.request.traceparent}});
    }
    co_return keep && socket_.is_open();
}

Task<void> HttpSession::write_reply(const HttpHead& head, const Admission& admission, ApiReply reply, bool keep) {
    http::response<http::string_body> response{http::status(reply.status), head.minor == 0 ? 10u : 11u};
    response.keep_alive(keep);
    response.set(http::field::date, http_date(context_.services.time.wall()));
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : admission.reply_headers) response.set(name, value);
    for (const auto& [name, value] : reply.headers) response.set(name, value);
    if (reply.status != 204) {
        response.set(http::field::content_type, reply.content_type);
        response.body() = reply.text ? std::move(*reply.text) : json::serialize(reply.body);
        response.prepare_payload();
    }
    deadline_.set(limits::write_time);
    phase_ = Phase::writing;
    Error error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    http::response_serializer<http::string_body> serializer(response);
    if (admission.head_only) co_await http::async_write_header(socket_, serializer, token);
    else co_await http::async_write(socket_, serializer, token);
    deadline_.clear();
    if (error) close();
}

/// The refusal of what is no proper HTTP: in plain words, and the end of the connection.
Task<bool> HttpSession::write_plain(int status, std::string reason) {
    unread_ = true;
    log_debug("http refused", {{"status", status}, {"reason", reason}});
    reason += "\n";
    auto phrase = http::obsolete_reason(http::status(status));
    auto text = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
        std::string_view(phrase.data(), phrase.size()), reason.size(), reason);
    co_await write_text(std::move(text));
    co_return false;
}

Task<void> HttpSession::write_text(std::string text) {
    deadline_.set(limits::write_time);
    phase_ = Phase::writing;
    Error error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    auto bytes = asio::buffer(text);
    co_await asio::async_write(socket_, bytes, token);
    if (error) close();
}

}  // namespace

std::shared_ptr<Connection> make_connection(const WebContext& context, asio::ip::tcp::socket socket) {
    return std::make_shared<HttpSession>(context, std::move(socket));
}

}  // namespace lanekeeper::web

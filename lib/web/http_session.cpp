#include "web/connection.hpp"

#include "async/nursery.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "web/access_log.hpp"
#include "web/admission.hpp"
#include "web/client_watch.hpp"
#include "web/deadline.hpp"
#include "web/http_date.hpp"
#include "web/http_io.hpp"
#include "web/stream_client.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

namespace lanekeeper::web {
namespace {

class HttpSession final : public Connection, public std::enable_shared_from_this<HttpSession> {
public:
    HttpSession(const WebContext& context, asio::ip::tcp::socket socket)
        : context_(context), io_(std::move(socket)), executor_(io_.executor()), nursery_(executor_, "connection"),
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
    /// What running out of time means: nobody asks, a read that may still be answered, or everything.
    enum class Phase { waiting, reading, working, writing };

    Task<void> run(std::shared_ptr<HttpSession> self);
    Task<void> watch(std::shared_ptr<HttpSession> self);
    Task<bool> serve_one();
    Task<bool> read_block();
    Task<bool> end_of_input(HttpIo::Error error);
    Task<bool> serve(const HttpHead& head, Admission admission);
    Task<bool> read_body(const HttpHead& head, const Admission& admission);
    Task<bool> receive_body(const Admission& admission);
    Task<bool> become_stream(Admission admission);
    Task<bool> reply_and_go_on(const HttpHead& head, const Admission& admission, ApiReply reply);
    Task<bool> refuse_plainly(int status, std::string reason);
    std::unique_ptr<ClientWatch> watch_client(Admission& admission);

    void enter(Phase phase, Millis limit);
    void out_of_time();
    void stop_here();
    void cut_here();
    void finished(const std::exception_ptr& error);
    void check_ended();

    const WebContext& context_;
    HttpIo io_;
    const asio::any_io_executor executor_;
    Nursery nursery_;
    Deadline deadline_;
    std::function<void()> ended_;
    std::shared_ptr<StreamClient> client_;
    std::string block_;  // the head under way
    std::string body_;
    BodyState body_state_ = BodyState::complete;
    Phase phase_ = Phase::waiting;
    MonoTime started_{};
    bool stopping_ = false;
    bool unread_ = false;  // input is left that nobody will read
};

// --- life ---

void HttpSession::enter(Phase phase, Millis limit) {
    phase_ = phase;
    deadline_.set(limit);
}

void HttpSession::out_of_time() {
    if (client_) client_->cut();
    else if (phase_ == Phase::writing) io_.close();
    else io_.cancel();
}

void HttpSession::stop_here() {
    stopping_ = true;
    if (client_) client_->close(1012, "service restart");
    else if (phase_ == Phase::waiting) io_.cancel();
}

void HttpSession::cut_here() {
    if (client_) return client_->cut();
    io_.close();
    nursery_.cancel_all(asio::cancellation_type::terminal);
}

void HttpSession::finished(const std::exception_ptr& error) {
    io_.close();
    deadline_.close();
    if (error && !stopping_) log_warn("connection ended by an exception");
    check_ended();
}

void HttpSession::check_ended() {
    if (nursery_.size() == 0 && ended_) std::exchange(ended_, {})();
}

Task<void> HttpSession::watch([[maybe_unused]] std::shared_ptr<HttpSession> self) { co_await deadline_.run(); }

Task<void> HttpSession::run([[maybe_unused]] std::shared_ptr<HttpSession> self) {
    bool more = true;
    while (more) more = co_await serve_one();
    if (!io_.is_open()) co_return;
    io_.finish_sending();
    if (!unread_) co_return;
    enter(Phase::writing, limits::discard_time);
    co_await io_.discard_input();
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
        bool more = co_await refuse_plainly(read.fault->status, read.fault->reason);
        co_return more;
    }
    auto admission = admit(context_, read.head);
    bool more = co_await serve(read.head, std::move(admission));
    co_return more;
}

/// The head of the next request into `block_`. False: there is none, or it has been refused.
Task<bool> HttpSession::read_block() {
    if (io_.received().empty()) enter(Phase::waiting, limits::keep_alive_idle);
    else enter(Phase::reading, limits::header_time);
    while (!stopping_) {
        auto scan = scan_head(io_.received());
        if (scan.fault) {
            bool more = co_await refuse_plainly(scan.fault->status, scan.fault->reason);
            co_return more;
        }
        if (scan.size > 0) {
            block_ = io_.take(scan.size);
            co_return true;
        }
        auto error = co_await io_.read_more();
        if (error) {
            bool more = co_await end_of_input(error);
            co_return more;
        }
        if (phase_ == Phase::waiting) enter(Phase::reading, limits::header_time);
    }
    co_return false;
}

Task<bool> HttpSession::end_of_input(HttpIo::Error error) {
    bool late = deadline_.expired();
    if (phase_ == Phase::waiting || !io_.is_open()) co_return false;
    if (late) co_await refuse_plainly(408, "the request came too slowly");
    else if (error == asio::error::eof) co_await refuse_plainly(400, "the request ends too early");
    co_return false;
}

Task<bool> HttpSession::serve(const HttpHead& head, Admission admission) {
    bool stream = !admission.refusal && admission.route->kind != Route::Kind::reply;
    if (stream) admission.refusal = check_stream(head, admission);
    if (stream && !admission.refusal) {
        bool more = co_await become_stream(std::move(admission));
        co_return more;
    }
    bool readable = co_await read_body(head, admission);
    if (!readable) co_return false;
    phase_ = Phase::working;
    ApiReply reply;
    if (admission.refusal) {
        reply = std::move(*admission.refusal);
    } else {
        Admission asked = admission;
        auto watch = watch_client(asked);
        reply = co_await answer(context_, std::move(asked), body_state_, std::move(body_));
    }
    auto told = in_words_of(admission.request.path, std::move(reply));
    bool more = co_await reply_and_go_on(head, admission, std::move(told));
    co_return more;
}

/// Null where the route does not care.
std::unique_ptr<ClientWatch> HttpSession::watch_client(Admission& admission) {
    if (!admission.route->watches) return {};
    auto watch = std::make_unique<ClientWatch>(nursery_, io_, [self = shared_from_this()] { self->check_ended(); });
    admission.request.presence = watch->presence();
    return watch;
}

/// Into `body_`. False: the connection has ended, or has been told why it ends.
Task<bool> HttpSession::read_body(const HttpHead& head, const Admission& admission) {
    body_.clear();
    body_state_ = BodyState::complete;
    auto expect = head.field("expect");
    if (!expect.empty() && !same_word(expect, "100-continue")) {
        bool more = co_await refuse_plainly(417, "only 100-continue can be expected");
        co_return more;
    }
    if (!head.has_body()) co_return true;
    if (head.content_length.value_or(0) > admission.body_limit) body_state_ = BodyState::too_large;
    unread_ = body_state_ == BodyState::too_large || (admission.refusal && !expect.empty());
    if (unread_) co_return true;
    if (!expect.empty()) {
        enter(Phase::writing, limits::write_time);
        co_await io_.write_text("HTTP/1.1 100 Continue\r\n\r\n");
    }
    bool received = co_await receive_body(admission);
    co_return received;
}

Task<bool> HttpSession::receive_body(const Admission& admission) {
    enter(Phase::reading, limits::body_time);
    auto result = co_await io_.read_body(block_, admission.body_limit, body_);
    bool late = deadline_.expired();
    deadline_.clear();
    if (result == HttpIo::Body::complete) co_return true;
    unread_ = true;
    body_state_ = BodyState::too_large;
    if (result == HttpIo::Body::too_large) co_return true;
    if (late) co_await refuse_plainly(408, "the body came too slowly");
    else if (io_.is_open()) co_await refuse_plainly(400, "malformed body");
    co_return false;
}

Task<bool> HttpSession::become_stream(Admission admission) {
    if (!io_.received().empty()) {
        bool more = co_await refuse_plainly(400, "data before the stream was opened");
        co_return more;
    }
    auto request = *read_stream_request(admission.request);
    if (admission.route->kind == Route::Kind::websocket) {
        client_ = make_websocket_client(context_, io_.release(), deadline_, std::move(request), admission.request,
                                        std::move(block_));
    } else {
        client_ = make_event_stream_client(context_, io_.release(), deadline_, std::move(request), admission.request,
                                           admission.reply_headers);
    }
    if (stopping_) client_->cut();
    co_await client_->run(client_);
    client_.reset();
    co_return false;
}

// --- replies ---

Task<bool> HttpSession::reply_and_go_on(const HttpHead& head, const Admission& admission, ApiReply reply) {
    HttpIo::ReplyFrame frame;
    frame.keep = head.keep_alive() && !unread_ && !stopping_;
    frame.http10 = head.minor == 0;
    frame.head_only = admission.head_only;
    frame.date = http_date(context_.services.time.wall());
    frame.headers = &admission.reply_headers;
    int status = reply.status;
    enter(Phase::writing, limits::write_time);
    bool sent = co_await io_.write_reply(std::move(reply), frame);
    deadline_.clear();
    ++context_.counters.requests;
    log_access(head, admission, status, context_.services.time.mono() - started_);
    co_return sent && frame.keep;
}

/// The refusal of what is no proper HTTP: in plain words, and the end of the connection.
Task<bool> HttpSession::refuse_plainly(int status, std::string reason) {
    unread_ = true;
    log_debug("http refused", {{"status", status}, {"reason", reason}});
    enter(Phase::writing, limits::write_time);
    auto text = HttpIo::plain_reply(status, std::move(reason));
    co_await io_.write_text(std::move(text));
    co_return false;
}

}  // namespace

std::shared_ptr<Connection> make_connection(const WebContext& context, asio::ip::tcp::socket socket) {
    return std::make_shared<HttpSession>(context, std::move(socket));
}

}  // namespace lanekeeper::web

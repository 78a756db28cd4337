#include "web/outgoing_http.hpp"

#include "async/nursery.hpp"
#include "async/on_strand.hpp"
#include "base/limits.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <fmt/format.h>

#include <set>

namespace lanekeeper::web {
namespace {

namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = http::response_parser<http::string_body>;

/// One request and what becomes of it. Its connection lives on the strand of OutgoingHttp, `over` and `alarm` on the
/// caller's executor; the rest is handed over with `over`.
struct Exchange {
    Exchange(Strand strand, asio::any_io_executor caller_, TimeSource& time, HttpCall call_)
        : call(std::move(call_)), resolver(strand), socket(strand), caller(std::move(caller_)), alarm(time.alarm(caller)) {}

    const HttpCall call;
    tcp::resolver resolver;
    tcp::socket socket;
    bool closed = false;
    HttpAnswer answer;
    std::exception_ptr failure;

    const asio::any_io_executor caller;
    const std::unique_ptr<Alarm> alarm;
    bool over = false;

    void close() {
        error_code ignored;
        closed = true;
        resolver.cancel();
        socket.close(ignored);
    }
};
using ExchangePtr = std::shared_ptr<Exchange>;

void check(const Exchange& exchange, const char* what, const error_code& error) {
    if (exchange.closed) throw HttpFailed("the connection was closed");
    if (error) throw HttpFailed(fmt::format("{}: {}", what, error.message()));
}

http::request<http::string_body> message_of(const HttpCall& call) {
    http::request<http::string_body> message;
    message.method_string(call.method);
    message.target(call.url.target);
    message.version(11);
    message.set(http::field::host, call.url.authority());
    message.set(http::field::user_agent, "lanekeeper");
    message.set(http::field::accept, "application/json");
    message.set(http::field::connection, "close");
    for (const auto& [name, value] : call.headers) message.set(name, value);
    message.body() = call.body;
    message.prepare_payload();
    return message;
}

std::optional<std::string> header(const Parser& parser, http::field field) {
    auto found = parser.get().find(field);
    if (found == parser.get().end()) return {};
    return std::string(found->value());
}

HttpAnswer answer_of(Parser& parser, bool too_large) {
    HttpAnswer answer;
    answer.status = int(parser.get().result_int());
    answer.reason = std::string(parser.get().reason());
    answer.location = header(parser, http::field::location);
    answer.retry_after = header(parser, http::field::retry_after);
    answer.body = std::move(parser.get().body());
    answer.too_large = too_large;
    return answer;
}

Task<void> connect(ExchangePtr exchange) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    auto port = fmt::format("{}", exchange->call.url.port);
    auto places = co_await exchange->resolver.async_resolve(exchange->call.url.host, port, tcp::resolver::numeric_service, token);
    check(*exchange, "the host is not found", error);
    co_await asio::async_connect(exchange->socket, places, token);
    check(*exchange, "cannot connect", error);
}

Task<void> send(ExchangePtr exchange) {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    auto message = message_of(exchange->call);
    co_await http::async_write(exchange->socket, message, token);
    // A peer may answer and close before it has read all: what it said is looked at first.
    if (exchange->closed) check(*exchange, "cannot send", error);
}

Task<void> receive(ExchangePtr exchange) {
    boost::beast::flat_buffer buffer;
    for (;;) {
        Parser parser;
        parser.header_limit(std::uint32_t(limits::header_block));
        parser.body_limit(exchange->call.max_response);
        error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await http::async_read(exchange->socket, buffer, parser, token);
        bool too_large = error == http::error::body_limit;
        if (!too_large) check(*exchange, "no answer that is whole", error);
        exchange->answer = answer_of(parser, too_large);
        if (exchange->answer.status >= 200) co_return;  // what comes before is news of the way
    }
}

Task<void> converse(ExchangePtr exchange) {
    auto connecting = connect(exchange);
    co_await std::move(connecting);
    auto sending = send(exchange);
    co_await std::move(sending);
    auto receiving = receive(exchange);
    co_await std::move(receiving);
}

class Outgoing final : public OutgoingHttp {
public:
    Outgoing(asio::any_io_executor executor, TimeSource& time)
        : strand_(asio::make_strand(executor)), time_(time), exchanges_(strand_, "outgoing http") {}

    Task<HttpAnswer> call(HttpCall wanted) override {
        auto executor = co_await asio::this_coro::executor;
        auto exchange = std::make_shared<Exchange>(strand_, executor, time_, std::move(wanted));
        asio::post(strand_, [this, exchange] { begin(exchange); });
        // A name that is being looked up cannot be given up at once, so nobody waits for it; it ends in our nursery.
        Closing closing(strand_, exchange);
        while (!exchange->over) {
            auto waiting = exchange->alarm->wait();
            co_await std::move(waiting);
        }
        if (exchange->failure) std::rethrow_exception(std::exchange(exchange->failure, nullptr));
        co_return std::move(exchange->answer);
    }

    Task<void> stop() override {
        auto ending = end();
        auto hopping = on_strand(strand_, std::move(ending));
        co_await std::move(hopping);
    }

private:
    /// However a call ends, its connection is closed.
    struct Closing {
        Closing(Strand strand_, ExchangePtr exchange_) : strand(std::move(strand_)), exchange(std::move(exchange_)) {}
        Closing(const Closing&) = delete;
        ~Closing() {
            asio::post(strand, [gone = exchange] { gone->close(); });
        }
        Strand strand;
        ExchangePtr exchange;
    };

    void begin(ExchangePtr exchange) {
        if (stopping_) exchange->closed = true;
        running_.insert(exchange);
        auto conversing = converse(exchange);
        exchanges_.start("call", std::move(conversing), [this, exchange](std::exception_ptr failure) {
            running_.erase(exchange);
            exchange->failure = std::move(failure);
            asio::post(exchange->caller, [exchange] {
                exchange->over = true;
                exchange->alarm->wake();
            });
        });
    }

    Task<void> end() {
        stopping_ = true;
        for (const auto& exchange : running_) exchange->close();
        auto ending = exchanges_.wait_empty();
        co_await std::move(ending);
    }

    Strand strand_;
    TimeSource& time_;
    Nursery exchanges_;
    std::set<ExchangePtr> running_;
    bool stopping_ = false;
};

}  // namespace

std::unique_ptr<OutgoingHttp> make_outgoing_http(asio::any_io_executor executor, TimeSource& time) {
    return std::make_unique<Outgoing>(std::move(executor), time);
}

}  // namespace lanekeeper::web

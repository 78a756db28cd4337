#include "web/server.hpp"

#include "async/nursery.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "web/address_book.hpp"
#include "web/connection.hpp"
#include "web/file_limit.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <stdexcept>
#include <unordered_map>

namespace lanekeeper::web {
namespace {

using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr std::string_view busy =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

Tcp::endpoint read_endpoint(const WebSettings& web) {
    Error error;
    auto name = web.host == "localhost" ? std::string("127.0.0.1") : web.host;
    auto address = asio::ip::make_address(name, error);
    if (error) throw std::runtime_error(fmt::format("HOST={} is not an address", web.host));
    if (!address.is_loopback())
        throw std::runtime_error(fmt::format("HOST={} is not a loopback address: that needs tokens, which this version "
                                             "does not have yet; listen on 127.0.0.1 or ::1", web.host));
    return {address, web.port};
}

/// True for errors of this machine, which pass when something is closed.
bool is_shortage(const Error& error) {
    return error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
           error == asio::error::no_memory || error.value() == ENFILE;
}

/// Of the concrete kind where there is one: it costs less a step.
asio::any_io_executor new_strand(const asio::any_io_executor& executor) {
    if (const auto* known = executor.target<asio::io_context::executor_type>()) return asio::make_strand(*known);
    return asio::make_strand(executor);
}

}  // namespace

class WebServer::Impl {
public:
    Impl(asio::any_io_executor executor, Services& services, std::vector<Route> routes)
        : executor_(std::move(executor)), strand_(new_strand(executor_)), nursery_(strand_, "web server"), acceptor_(strand_),
          services_(services), web_{services, counters_, Router(std::move(routes)), origin_rules(services.settings.web),
                                    {services.hub, services.store, counters_, ""}},
          book_(services.settings.web.max_connections, services.settings.web.max_connections_per_address) {}

    /// Runs one of the below on the strand, for callers from anywhere.
    Task<void> there(Task<void> task) { co_await asio::co_spawn(strand_, std::move(task), asio::use_awaitable); }

    Task<void> start();
    Task<void> stop_accepting();
    Task<void> stop(Millis limit);
    std::uint16_t port() const { return port_; }
    const WebCounters& counters() const { return counters_; }

private:
    void bind();
    Task<void> accept_loop();
    Task<void> recover_from(Error error);
    Task<void> measure_lag();
    void admit(Tcp::socket socket);
    void drop(std::uint64_t id);

    struct Guest {
        std::shared_ptr<Connection> connection;
        std::string address;
    };

    asio::any_io_executor executor_;
    asio::any_io_executor strand_;
    WebCounters counters_;
    Nursery nursery_;
    Tcp::acceptor acceptor_;
    Services& services_;
    WebContext web_;
    AddressBook book_;
    std::unordered_map<std::uint64_t, Guest> guests_;
    std::uint64_t last_id_ = 0;
    std::unique_ptr<Alarm> left_;  // wakes `stop` when a guest has gone
    std::uint16_t port_ = 0;
    bool short_of_files_ = false;
};

Task<void> WebServer::Impl::start() {
    left_ = services_.time.alarm(strand_);
    auto range = co_await services_.store.event_range();
    web_.feed.epoch = range.epoch;
    raise_file_limit();
    bind();
    web_.origins.port = port_;
    nursery_.start("accept", accept_loop());
    nursery_.start("loop lag", measure_lag());
}

void WebServer::Impl::bind() {
    auto endpoint = read_endpoint(services_.settings.web);
    try {
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(Tcp::acceptor::reuse_address(true));
        acceptor_.bind(endpoint);
        acceptor_.listen(4096);
        port_ = acceptor_.local_endpoint().port();
    } catch (const boost::system::system_error& e) {
        throw std::runtime_error(fmt::format("cannot listen on {}:{}: {}", endpoint.address().to_string(), endpoint.port(),
                                             e.code().message()));
    }
}

Task<void> WebServer::Impl::accept_loop() {
    for (;;) {
        Error error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        auto strand = new_strand(executor_);
        auto socket = co_await acceptor_.async_accept(strand, token);
        if (!acceptor_.is_open()) co_return;
        if (error) {
            co_await recover_from(error);
            continue;
        }
        short_of_files_ = false;
        admit(std::move(socket));
    }
}

/// An accept that fails must neither spin nor end the server.
Task<void> WebServer::Impl::recover_from(Error error) {
    ++web_.counters.accept_errors;
    if (!is_shortage(error)) co_return;
    if (!short_of_files_) log_warn("cannot accept connections", {{"error", error.message()}});
    short_of_files_ = true;
    co_await pause_for(services_.time, limits::accept_retry);
}

void WebServer::Impl::admit(Tcp::socket socket) {
    Error error;
    auto peer = socket.remote_endpoint(error);
    if (error) return;
    auto address = peer.address().to_string();
    if (!book_.enter(address, peer.address().is_loopback())) {
        ++web_.counters.refused;
        socket.non_blocking(true, error);
        socket.write_some(asio::buffer(busy), error);
        return;
    }
    socket.set_option(Tcp::no_delay(true), error);
    auto executor = socket.get_executor();
    auto id = ++last_id_;
    auto connection = make_connection(web_, std::move(socket));
    guests_[id] = {connection, address};
    ++web_.counters.connections;
    auto ended = [this, id] { asio::post(strand_, [this, id] { drop(id); }); };
    asio::post(executor, [connection, ended] { connection->start(ended); });
}

void WebServer::Impl::drop(std::uint64_t id) {
    auto found = guests_.find(id);
    if (found == guests_.end()) return;
    book_.leave(found->second.address);
    guests_.erase(found);
    --web_.counters.connections;
    left_->wake();
}

/// How late a timer of ours comes: what somebody who blocks the loop costs everybody.
Task<void> WebServer::Impl::measure_lag() {
    while (acceptor_.is_open()) {
        auto due = services_.time.mono() + limits::loop_lag_period;
        co_await sleep_until(services_.time, due);
        auto late = std::chrono::duration_cast<std::chrono::microseconds>(services_.time.mono() - due);
        web_.counters.loop_lag_us = late.count();
    }
}

Task<void> WebServer::Impl::stop_accepting() {
    Error ignored;
    acceptor_.close(ignored);
    co_return;
}

Task<void> WebServer::Impl::stop(Millis limit) {
    co_await stop_accepting();
    nursery_.cancel_all(asio::cancellation_type::terminal);
    for (auto& [id, guest] : guests_) guest.connection->stop();
    auto deadline = services_.time.mono() + limit;
    while (!guests_.empty() && services_.time.mono() < deadline) co_await left_->wait_until(deadline);
    if (!guests_.empty()) log_warn("connections cut at stop", {{"count", guests_.size()}});
    for (auto& [id, guest] : guests_) guest.connection->cut();
    while (!guests_.empty()) co_await left_->wait();
    co_await nursery_.wait_empty();
}

WebServer::WebServer(asio::any_io_executor executor, Services& services, std::vector<Route> routes)
    : impl_(std::make_unique<Impl>(std::move(executor), services, std::move(routes))) {}

WebServer::~WebServer() = default;

Task<void> WebServer::start() {
    auto task = impl_->start();
    co_await impl_->there(std::move(task));
}

std::uint16_t WebServer::port() const { return impl_->port(); }

const WebCounters& WebServer::counters() const { return impl_->counters(); }

Task<void> WebServer::stop_accepting() {
    auto task = impl_->stop_accepting();
    co_await impl_->there(std::move(task));
}

Task<void> WebServer::stop(Millis limit) {
    if (impl_->port() == 0) co_return;
    auto task = impl_->stop(limit);
    co_await impl_->there(std::move(task));
}

}  // namespace lanekeeper::web

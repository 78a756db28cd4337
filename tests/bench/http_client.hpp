#pragma once
// The least HTTP/1.1 client that can load a server: one keep-alive connection, requests one after another.
#include "async/task.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lanekeeper::bench {

struct Answer {
    Answer() = default;
    int status = 0;
    std::string body;
};

class HttpClient {
public:
    HttpClient(asio::any_io_executor executor, unsigned short port)
        : socket_(executor), endpoint_(asio::ip::address_v4::loopback(), port) {}

    Task<void> connect() {
        co_await socket_.async_connect(endpoint_, asio::use_awaitable);
        socket_.set_option(asio::ip::tcp::no_delay(true));
    }

    Task<Answer> call(std::string_view verb, std::string_view path, std::string_view body) {
        auto request = fmt::format("{} {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n"
                                   "Content-Length: {}\r\n\r\n{}", verb, path, endpoint_.port(), body.size(), body);
        auto bytes = asio::buffer(request);
        co_await asio::async_write(socket_, bytes, asio::use_awaitable);
        auto reading = read();
        auto answer = co_await std::move(reading);
        co_return answer;
    }

private:
    Task<Answer> read() {
        auto into = asio::dynamic_buffer(buffer_);
        auto head_size = co_await asio::async_read_until(socket_, into, "\r\n\r\n", asio::use_awaitable);
        std::string head = buffer_.substr(0, head_size);
        buffer_.erase(0, head_size);
        Answer answer;
        answer.status = std::atoi(head.c_str() + 9);
        auto length = content_length(head);
        if (buffer_.size() < length) {
            auto more = asio::transfer_exactly(length - buffer_.size());
            auto rest = asio::dynamic_buffer(buffer_);
            co_await asio::async_read(socket_, rest, more, asio::use_awaitable);
        }
        answer.body = buffer_.substr(0, length);
        buffer_.erase(0, length);
        co_return answer;
    }

    static std::size_t content_length(const std::string& head) {
        constexpr std::string_view name = "Content-Length: ";
        auto at = head.find(name);
        if (at == std::string::npos) throw std::runtime_error("a reply without Content-Length");
        return std::size_t(std::atoll(head.c_str() + at + name.size()));
    }

    asio::ip::tcp::socket socket_;
    asio::ip::tcp::endpoint endpoint_;
    std::string buffer_;
};

}  // namespace lanekeeper::bench

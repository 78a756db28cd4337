#include "web/http_head.hpp"
#include "base/limits.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

namespace {

int status_of(const std::string& block) {
    auto scan = scan_head(block);
    if (scan.fault) return scan.fault->status;
    if (scan.size == 0) return 0;  // waits for more
    auto read = read_head(std::string_view(block).substr(0, scan.size));
    return read.fault ? read.fault->status : 200;
}

std::string get(const std::string& fields) { return "GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n"; }

}  // namespace

TEST_CASE("A plain request reads as its parts") {
    std::string block = "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nX-One:  two \t\r\n\r\n{}";
    auto scan = scan_head(block);
    REQUIRE_FALSE(scan.fault);
    CHECK(scan.size == block.size() - 2);
    auto read = read_head(std::string_view(block).substr(0, scan.size));
    REQUIRE_FALSE(read.fault);
    CHECK(read.head.method == "POST");
    CHECK(read.head.target == "/a?b=c");
    CHECK(read.head.field("x-one") == "two");
    CHECK(read.head.content_length == 12u);
    CHECK(read.head.has_body());
    CHECK(read.head.keep_alive());
}

TEST_CASE("An unfinished head waits for more") {
    CHECK(status_of("") == 0);
    CHECK(status_of("GET / HTTP/1.1\r") == 0);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: x\r\n") == 0);
}

TEST_CASE("Heads that two readers could understand differently are refused") {
    for (const char* fields : {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
                               "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n",
                               "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: xchunked\r\n", "Content-Length: 1, 1\r\n",
                               "Content-Length: +1\r\n", "Content-Length: -1\r\n", "Content-Length: 0x1\r\n", "Content-Length:\r\n",
                               "Content-Length: 99999999999999999999999\r\n", "Content-Length : 1\r\n", " X: folded\r\n",
                               "X: a\r\n folded\r\n", "X: a\r\n\tfolded\r\n", "NoColon\r\n", ": empty\r\n", "Host: again\r\n",
                               "X(y): 1\r\n", "Origin: a\r\nOrigin: b\r\n"}) {
        INFO(fields);
        CHECK(status_of(get(fields)) == 400);
    }
    CHECK(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400);
}

TEST_CASE("Request lines that are not quite one are refused") {
    for (const char* line : {"GET /", "GET  HTTP/1.1", "/ HTTP/1.1", "GET  HTTP/1.0", "GET / HTTP/2.0", "GET / HTTP/1.2", "GET / http/1.1", "GET /a b HTTP/1.1",
                             "GET  / HTTP/1.1", "GET http://localhost/ HTTP/1.1", "GET /# HTTP/1.1", "GET * HTTP/1.1",
                             "G@T / HTTP/1.1", "GET /\xff HTTP/1.1", ""}) {
        INFO(line);
        CHECK(status_of(std::string(line) + "\r\nHost: localhost\r\n\r\n") == 400);
    }
    CHECK(status_of("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n") == 200);
    CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 200);
}

TEST_CASE("Lone line ends and control characters are refused before the head is whole") {
    CHECK(status_of("GET / HTTP/1.1\nHost: x\n\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: x\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\rX") == 400);
    CHECK(status_of(std::string("\x16\x03\x01\x02\x00", 5)) == 400);
    CHECK(status_of(get(std::string("X: a\0b\r\n", 8))) == 400);
    CHECK(status_of(get("X: a\x7f\r\n")) == 400);
    CHECK(status_of("\r\nGET / HTTP/1.1\r\n") == 400);
}

TEST_CASE("A long target is 414, a large block 431") {
    std::string target(limits::request_target, 'a');
    CHECK(status_of("GET /" + target + " HTTP/1.1\r\nHost: x\r\n\r\n") == 414);
    CHECK(status_of("GET /" + target.substr(1) + " HTTP/1.1\r\nHost: x\r\n\r\n") == 200);
    CHECK(status_of("GET /" + target + target) == 414);
    CHECK(status_of(get("X: " + std::string(limits::header_block, 'b') + "\r\n")) == 431);
    std::string unfinished = get("X: " + std::string(limits::header_block, 'b'));
    unfinished.resize(limits::header_block + 1);
    CHECK(status_of(unfinished) == 431);
}

TEST_CASE("Connection decides whether another request follows") {
    auto keeps = [](std::string text) { return read_head(text).head.keep_alive(); };
    CHECK(keeps(get("")));
    CHECK_FALSE(keeps(get("Connection: close\r\n")));
    CHECK_FALSE(keeps(get("Connection: foo, Close\r\n")));
    CHECK_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    CHECK(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

#include "runtime/codex/line_reader.hpp"

#include "support/catch.hpp"

#include <random>

using namespace lanekeeper::codex;

namespace {

std::vector<Line> feed_in_pieces(const std::string& bytes, std::size_t limit, std::size_t piece) {
    LineReader reader(limit);
    std::vector<Line> lines;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        for (auto& line : reader.feed(std::string_view(bytes).substr(at, piece))) lines.push_back(std::move(line));
    return lines;
}

bool same(const std::vector<Line>& a, const std::vector<Line>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i].text != b[i].text || a[i].length != b[i].length) return false;
    return true;
}

}  // namespace

TEST_CASE("lines come out whole, without newlines, and empty ones are left out") {
    LineReader reader;
    auto lines = reader.feed("one\n\ntwo\r\n\r\nthr");
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].text == "one");
    CHECK(lines[1].text == "two");
    CHECK_FALSE(lines[1].cut());
    CHECK(reader.held() == 3);
    lines = reader.feed("ee\n");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].text == "three");
    CHECK(reader.held() == 0);
}

TEST_CASE("a line of exactly the limit is whole; one byte more is cut to its head, and the next line is whole again") {
    LineReader reader(1000);
    auto whole = reader.feed(std::string(1000, 'a') + "\n");
    REQUIRE(whole.size() == 1);
    CHECK_FALSE(whole[0].cut());
    auto cut = reader.feed(std::string(1001, 'b') + "\nnext\n");
    REQUIRE(cut.size() == 2);
    CHECK(cut[0].cut());
    CHECK(cut[0].length == 1001);
    CHECK(cut[0].text == std::string(LineReader::head_kept, 'b'));
    CHECK(cut[1].text == "next");
}

TEST_CASE("a line that never ends takes no more memory than the limit") {
    LineReader reader(1000);
    for (int i = 0; i < 1000; ++i) {
        auto lines = reader.feed(std::string(100, 'x'));
        CHECK(lines.empty());
        CHECK(reader.held() <= 1000);
    }
    auto lines = reader.feed("\n");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].length == 100'000);
}

TEST_CASE("the same bytes give the same lines, however they are split") {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::string bytes;
        auto size = random() % 4000;
        for (std::size_t i = 0; i < size; ++i) bytes += "ab\r\n{}"[random() % 6];
        if (round % 3 == 0) bytes.insert(bytes.size() / 2, std::string(random() % 900, 'z'));
        auto expected = feed_in_pieces(bytes, 300, bytes.size() + 1);
        for (std::size_t piece : {1, 2, 3, 7, 64, 299, 301})
            if (!same(feed_in_pieces(bytes, 300, piece), expected)) FAIL("round " << round << ", pieces of " << piece);
    }
}

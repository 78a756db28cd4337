#include "base/json_read.hpp"
#include "base/random.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <cstdlib>
#include <string>

using namespace lanekeeper;

namespace {

Problem refused(std::string_view text) {
    auto read = read_json(text);
    REQUIRE(read.has_error());
    CHECK(read.error().code == "invalid_json");
    REQUIRE(read.error().details.contains("offset"));
    return read.error();
}

std::int64_t offset(const Problem& problem) { return problem.details.at("offset").to_number<std::int64_t>(); }

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("A document reads as the value that it writes") {
    auto read = read_json(R"( {"a":[1,-2,3.5,true,null,"x\u00e9\n"],"b":{"a":{}},"c":18446744073709551615} )");
    REQUIRE(read.has_value());
    CHECK(json::serialize(*read) == R"({"a":[1,-2,3.5E0,true,null,"xé\n"],"b":{"a":{}},"c":18446744073709551615})");
    CHECK(read_json("\"alone\"")->as_string() == "alone");
    CHECK(read_json("0")->as_int64() == 0);
}

TEST_CASE("A member name that occurs twice in one object is refused, in two objects it is not") {
    CHECK(refused(R"({"a":1,"a":2})").message.find("twice") != std::string::npos);
    refused(R"({"x":{"b":1,"c":2,"b":3}})");
    refused(R"({"a":1,"\u0061":2})");
    CHECK(read_json(R"({"a":{"a":1},"b":{"a":2}})").has_value());
    CHECK(read_json(R"([{"a":1},{"a":2}])").has_value());
}

TEST_CASE("Sixty-four levels are read, one more is refused") {
    CHECK(read_json(nested(64)).has_value());
    CHECK(refused(nested(65)).message.find("deeper") != std::string::npos);
    CHECK(refused(nested(100000)).message.find("deeper") != std::string::npos);
}

TEST_CASE("A number is the double next to it, and what is written of it reads as the same one") {
    for (const char* text : {"5.113571873002146e-09", "1.7976931348623157e308", "5e-324", "2.2250738585072014E-308", "-0.0", "0.1", "1e3",
                             "9007199254740993.0", "3.0517578125e-5", "8.41e21", "123456789012345678901234567890"}) {
        auto read = read_json(text).value();
        CHECK(read.as_double() == std::strtod(text, nullptr));
        CHECK(read_stored_json(json::serialize(read)).value() == read);
    }
    SeededRandom random(7);
    for (int i = 0; i < 20'000; ++i) {
        double number = std::ldexp(double(random.below(std::uint64_t{1} << 53)), int(random.below(2000)) - 1030);
        auto written = json::serialize(json::value(number));
        REQUIRE(read_stored_json(written).value().as_double() == number);
        REQUIRE(read_json(written).value().as_double() == number);
    }
}

TEST_CASE("What was stored reads deeper than what is let in, with names twice, and is still JSON") {
    CHECK(read_stored_json(nested(1000)).has_value());
    CHECK(read_stored_json(nested(2000)).has_error());
    CHECK(read_stored_json(R"({"a":1,"a":2})").has_value());
    CHECK(read_stored_json("{").error().code == "invalid_json");
    CHECK(read_stored_json("").has_error());
}

TEST_CASE("What is not JSON is refused at its offset") {
    CHECK(offset(refused("")) == 0);
    CHECK(offset(refused(R"({"a":1} x)")) == 8);
    CHECK(offset(refused(R"({"a":nul})")) >= 5);
    refused("{'a':1}");
    refused("{\"a\":1,}");
    refused("[1,2,]");
    refused("// no\n1");
    refused("NaN");
    refused("Infinity");
    refused("01");
    refused("+1");
    refused("1.");
    refused("\"\x01\"");
    refused("\xEF\xBB\xBF{}");
    refused("   ");
    refused("{}{}");
}

TEST_CASE("A truncated document says that it ends too early") {
    for (const char* text : {"{", "{\"a\"", "{\"a\":", "[1", "\"abc", "tru", "{\"a\":1"})
        CHECK(refused(text).message.find("too early") != std::string::npos);
}

TEST_CASE("Bytes that are not UTF-8 are refused") {
    refused("\"\xff\"");
    refused("\"\xc0\xaf\"");
    refused("\"\xed\xa0\x80\"");
    refused("{\"\xf5\x80\x80\x80\":1}");
    refused(R"("\ud800")");
    CHECK(read_json(R"("\ud83d\ude00")").has_value());
}

TEST_CASE("Numbers that no double holds are refused") {
    refused("1e999");
    refused("[-1e400]");
    CHECK(read_json("1e308").has_value());
    CHECK(read_json("123456789012345678901234567890").has_value());
}

#include "base/utf8.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;

TEST_CASE("bytes that are UTF-8 stay as they are") {
    for (std::string text : {"", "plain\n", "\u00e9\u20ac\U0001F600", "\u0080\u07ff\u0800\uffff\U00010000\U0010ffff"})
        CHECK(to_utf8(text) == text);
    CHECK(to_utf8(std::string("a\0b", 3)) == std::string("a\0b", 3));
}

TEST_CASE("bytes that are no UTF-8 are replaced, each for itself") {
    const std::string no = "\xEF\xBF\xBD";
    CHECK(to_utf8("a\xFFz") == "a" + no + "z");
    CHECK(to_utf8("\xE2\x82") == no + no);            // cut off
    CHECK(to_utf8("\xC0\xAF") == no + no);            // overlong
    CHECK(to_utf8("\xE0\x9F\xBF") == no + no + no);   // overlong
    CHECK(to_utf8("\xED\xA0\x80") == no + no + no);   // a surrogate
    CHECK(to_utf8("\xF4\x90\x80\x80") == no + no + no + no);
    CHECK(to_utf8("\xE2\x28\xA1") == no + "(" + no);
}

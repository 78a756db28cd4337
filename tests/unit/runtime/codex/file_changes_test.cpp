#include "runtime/codex/file_changes.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

json::object about(const char* id, const char* type, json::array changes) {
    return {{"item", json::object{{"id", id}, {"type", type}, {"changes", std::move(changes)}}}};
}

}  // namespace

TEST_CASE("what a file change is to change is known from its start to its end") {
    codex::FileChanges known;
    CHECK(known.of("t", "a").is_null());
    known.hear("t", "item/started", about("a", "fileChange", {1}));
    known.hear("t", "item/started", about("b", "fileChange", {2}));
    known.hear("t", "item/started", about("c", "commandExecution", {3}));
    CHECK(known.of("t", "a") == json::array{1});
    CHECK(known.of("t", "b") == json::array{2});
    CHECK(known.of("t", "c").is_null());
    known.hear("t", "item/started", about("a", "fileChange", {4, 5}));
    CHECK(known.of("t", "a") == json::array{4, 5});
    known.hear("t", "item/completed", about("a", "fileChange", {4, 5}));
    CHECK(known.of("t", "a").is_null());
    CHECK(known.of("t", "b") == json::array{2});
    known.clear();
    CHECK(known.of("t", "b").is_null());
}

TEST_CASE("of file changes that never end the oldest are forgotten") {
    codex::FileChanges known(2);
    for (const char* id : {"a", "b", "c"}) known.hear("t", "item/started", about(id, "fileChange", {1}));
    CHECK(known.of("t", "a").is_null());
    CHECK_FALSE(known.of("t", "b").is_null());
    CHECK_FALSE(known.of("t", "c").is_null());
}

TEST_CASE("threads have file changes of their own, and a turn that ends leaves none") {
    codex::FileChanges known;
    known.hear("t", "item/started", about("call_1", "fileChange", {1}));
    known.hear("u", "item/started", about("call_1", "fileChange", {2}));
    CHECK(known.of("t", "call_1") == json::array{1});
    CHECK(known.of("u", "call_1") == json::array{2});
    known.hear("u", "item/completed", about("call_1", "fileChange", {2}));
    CHECK(known.of("t", "call_1") == json::array{1});
    known.hear("u", "item/started", about("call_2", "fileChange", {3}));
    known.hear("t", "turn/completed", {{"turn", json::object{{"id", "1"}}}});
    CHECK(known.of("t", "call_1").is_null());
    CHECK(known.of("u", "call_2") == json::array{3});
}

TEST_CASE("items that say nothing of their changes are none that are known") {
    codex::FileChanges known;
    known.hear("t", "item/started", {});
    known.hear("t", "item/started", {{"item", 7}});
    known.hear("t", "item/started", {{"item", json::object{{"id", "a"}, {"type", "fileChange"}}}});
    CHECK(known.of("t", "a").is_null());
}

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
    CHECK(known.of("a").is_null());
    known.hear("item/started", about("a", "fileChange", {1}));
    known.hear("item/started", about("b", "fileChange", {2}));
    known.hear("item/started", about("c", "commandExecution", {3}));
    CHECK(known.of("a") == json::array{1});
    CHECK(known.of("b") == json::array{2});
    CHECK(known.of("c").is_null());
    known.hear("item/started", about("a", "fileChange", {4, 5}));
    CHECK(known.of("a") == json::array{4, 5});
    known.hear("item/completed", about("a", "fileChange", {4, 5}));
    CHECK(known.of("a").is_null());
    CHECK(known.of("b") == json::array{2});
    known.clear();
    CHECK(known.of("b").is_null());
}

TEST_CASE("of file changes that never end the oldest are forgotten") {
    codex::FileChanges known(2);
    for (const char* id : {"a", "b", "c"}) known.hear("item/started", about(id, "fileChange", {1}));
    CHECK(known.of("a").is_null());
    CHECK_FALSE(known.of("b").is_null());
    CHECK_FALSE(known.of("c").is_null());
}

TEST_CASE("items that say nothing of their changes are none that are known") {
    codex::FileChanges known;
    known.hear("item/started", {});
    known.hear("item/started", {{"item", 7}});
    known.hear("item/started", {{"item", json::object{{"id", "a"}, {"type", "fileChange"}}}});
    CHECK(known.of("a").is_null());
}

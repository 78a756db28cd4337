#include "support/catch.hpp"

#include "transcript/merge.hpp"

using namespace lanekeeper;
using namespace lanekeeper::transcript;

namespace {

Entry row(std::string turn, std::string id, Role role = Role::system) {
    Entry entry;
    entry.turn_id = std::move(turn);
    entry.message_id = std::move(id);
    entry.role = role;
    return entry;
}

Entry anchored(std::string turn, std::string id, const std::string& anchor) {
    auto entry = row(std::move(turn), std::move(id));
    entry.details = json::serialize(json::object{{"anchorItemId", anchor}});
    return entry;
}

std::string order(const std::vector<Entry>& rows) {
    std::string ids;
    for (const auto& entry : rows) ids += (ids.empty() ? "" : " ") + entry.message_id;
    return ids;
}

const std::vector<Entry> one_turn{row("t", "user", Role::user), row("t", "file"), row("t", "reply", Role::assistant)};

}  // namespace

TEST_CASE("an anchored row stands right behind the row that it names") {
    CHECK(order(merge_transcript(one_turn, {anchored("t", "why", "file")})) == "user file why reply");
}

TEST_CASE("several rows with one anchor stand in the order of their arrival") {
    CHECK(order(merge_transcript(one_turn, {anchored("t", "b", "file"), anchored("t", "a", "file")})) == "user file b a reply");
}

TEST_CASE("rows can be anchored to anchored rows") {
    auto own = std::vector<Entry>{anchored("t", "c", "b"), anchored("t", "b", "file"), anchored("t", "d", "file")};
    CHECK(order(merge_transcript(one_turn, own)) == "user file b c d reply");
}

TEST_CASE("a row without an anchor stands before the turn's last assistant row") {
    CHECK(order(merge_transcript(one_turn, {row("t", "x"), row("t", "y")})) == "user file x y reply");
}

TEST_CASE("a row without an anchor ends a turn that has no assistant row") {
    CHECK(order(merge_transcript({row("t", "user", Role::user)}, {row("t", "x")})) == "user x");
}

TEST_CASE("an anchor of another turn does not count") {
    std::vector<Entry> base{row("t1", "file"), row("t1", "r1", Role::assistant), row("t2", "r2", Role::assistant)};
    CHECK(order(merge_transcript(base, {anchored("t2", "x", "file")})) == "file r1 x r2");
}

TEST_CASE("an anchor that is not there yet does not hide the row") {
    CHECK(order(merge_transcript(one_turn, {anchored("t", "x", "missing")})) == "user file x reply");
}

TEST_CASE("rows anchored in a circle are all shown once") {
    auto own = std::vector<Entry>{anchored("t", "a", "b"), anchored("t", "b", "a"), anchored("t", "c", "c")};
    auto merged = merge_transcript(one_turn, own);
    CHECK(merged.size() == 6);
}

TEST_CASE("turns that only own rows know come last") {
    auto own = std::vector<Entry>{row("x", "first"), row("t", "mine"), row("x", "second")};
    CHECK(order(merge_transcript(one_turn, own)) == "user file mine reply first second");
}

TEST_CASE("turns keep the order of their first row, also when their rows interleave") {
    std::vector<Entry> base{row("t1", "a"), row("t2", "b"), row("t1", "c"), row("t2", "d")};
    CHECK(order(merge_transcript(base, {})) == "a c b d");
}

TEST_CASE("equal ids in two turns are two rows") {
    std::vector<Entry> base{row("t1", "item_1"), row("t2", "item_1")};
    CHECK(merge_transcript(base, {}).size() == 2);
}

TEST_CASE("an own row with the id of a base row becomes one with it, in its place") {
    auto mine = row("t", "file");
    mine.content = "explained";
    auto merged = merge_transcript(one_turn, {mine});
    CHECK(order(merged) == "user file reply");
    CHECK(merged[1].content == "explained");
}

TEST_CASE("merging is the same however often it is done") {
    auto own = std::vector<Entry>{anchored("t", "b", "file"), row("t", "x"), row("u", "y")};
    CHECK(merge_transcript(one_turn, own) == merge_transcript(one_turn, own));
}

TEST_CASE("a chain of many thousand anchored rows is placed without recursion") {
    std::vector<Entry> own;
    own.push_back(anchored("t", "n0", "file"));
    for (int i = 1; i < 20000; ++i) own.push_back(anchored("t", "n" + std::to_string(i), "n" + std::to_string(i - 1)));
    auto merged = merge_transcript(one_turn, own);
    REQUIRE(merged.size() == 20003);
    CHECK(merged[2].message_id == "n0");
    CHECK(merged[20001].message_id == "n19999");
    CHECK(merged[20002].message_id == "reply");
}

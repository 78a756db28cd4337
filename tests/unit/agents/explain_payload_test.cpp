#include "agents/explain_payload.hpp"
#include "base/limits.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

session::Session chat() {
    session::Session session;
    session.id = "s";
    session.project_id = "p";
    return session;
}

json::object item(json::array changes, const char* status = "completed") {
    return {{"id", "i"}, {"type", "fileChange"}, {"status", status}, {"changes", std::move(changes)}};
}

json::value change(std::string diff, std::string path = "a.py") {
    return {{"path", path}, {"kind", {{"type", "update"}}}, {"diff", diff}};
}

std::optional<json::object> explain(const json::object& thing, std::size_t chars = 50'000) {
    return explain_payload(chat(), "t", thing, chars);
}

}  // namespace

TEST_CASE("only completed file changes with a diff pass") {
    CHECK(explain(item({change("x")})));
    CHECK(explain(item({change(""), change("x")})));
    CHECK_FALSE(explain(item({change("")})));
    CHECK_FALSE(explain(item({})));
    for (const char* status : {"failed", "declined", "inProgress", ""}) CHECK_FALSE(explain(item({change("x")}, status)));
    auto other = item({change("x")});
    other["type"] = "commandExecution";
    CHECK_FALSE(explain(other));
    CHECK_FALSE(explain(json::object{{"id", "i"}, {"type", "fileChange"}, {"status", "completed"}}));
}

TEST_CASE("only chats of projects pass, and hidden sessions never") {
    auto loose = chat();
    loose.project_id.reset();
    CHECK_FALSE(explain_payload(loose, "t", item({change("x")}), 100));
    auto hidden = chat();
    hidden.system_owned = true;
    CHECK_FALSE(explain_payload(hidden, "t", item({change("x")}), 100));
}

TEST_CASE("a diff is cut between characters, never inside one") {
    const std::string text = "aé€𝄞";
    CHECK(first_chars(text, 0) == "");
    CHECK(first_chars(text, 1) == "a");
    CHECK(first_chars(text, 2) == "aé");
    CHECK(first_chars(text, 3) == "aé€");
    CHECK(first_chars(text, 4) == text);
    CHECK(first_chars(text, 9) == text);
    CHECK(count_chars(text) == 4);
}

TEST_CASE("the bound holds for all diffs of an item together, in their order") {
    auto payload = explain(item({change("éé"), change("ééé", "b.py"), change("x", "c.py")}), 4);
    REQUIRE(payload);
    const auto& changes = payload->at("changes").as_array();
    CHECK(changes.at(0).at("diff") == "éé");
    CHECK(changes.at(1).at("diff") == "éé");
    CHECK(changes.at(2).at("diff") == "");
    CHECK(payload->at("truncated") == true);
    CHECK(payload->at("originalChars") == 6);
}

TEST_CASE("a diff of exactly the bound is whole") {
    auto payload = explain(item({change("12345")}), 5);
    CHECK(payload->at("truncated") == false);
    CHECK(explain(item({change("123456")}), 5)->at("truncated") == true);
}

TEST_CASE("kinds are read in both shapes, and renames kept") {
    json::array changes;
    changes.push_back({{"path", "a"}, {"kind", "add"}, {"diff", "x"}});
    changes.push_back({{"path", "b"}, {"kind", {{"type", "update"}, {"move_path", "c"}}}, {"diff", "x"}});
    changes.push_back({{"path", "d"}, {"kind", {{"type", "update"}, {"move_path", nullptr}}}, {"diff", "x"}});
    changes.push_back({{"path", "e"}, {"diff", "x"}});
    auto payload = explain(item(changes));
    const auto& read = payload->at("changes").as_array();
    CHECK(read.at(0).at("kind") == "add");
    CHECK(read.at(1).at("movePath") == "c");
    CHECK_FALSE(read.at(2).as_object().contains("movePath"));
    CHECK(read.at(3).at("kind") == "update");
}

TEST_CASE("a payload fits a job, however many and long the paths and diffs are") {
    json::array changes;
    for (int i = 0; i < 2000; ++i) changes.push_back(change(std::string(2000, 'x'), std::string(4000, 'p')));
    auto payload = explain(item(changes), 10'000'000);
    REQUIRE(payload);
    CHECK(payload->at("truncated") == true);
    CHECK(json::serialize(*payload).size() <= limits::job_payload);
}

TEST_CASE("as much of a long diff is kept as fits, whatever it is written in") {
    for (const char* letter : {"x", "é", "€", "𝄞", "\n", "\"", "\x01", "a\té"}) {
        INFO(letter);
        std::string diff;
        while (diff.size() < 2 * limits::job_payload) diff += letter;
        auto payload = explain(item({change(diff), change("y", "b.py")}), 10'000'000);
        REQUIRE(payload);
        CHECK(payload->at("truncated") == true);
        auto size = json::serialize(*payload).size();
        CHECK(size <= limits::job_payload);
        CHECK(size > limits::job_payload - 64);
        auto kept = payload->at("changes").at(0).at("diff").as_string();
        CHECK(diff.starts_with(std::string_view(kept)));
        CHECK(first_chars(diff, count_chars(kept)) == std::string_view(kept));
    }
}

TEST_CASE("the most that the setting allows fits in any script") {
    constexpr std::size_t most = 250'000;  // of ORCHESTRATOR_DIFF_EXPLAIN_MAX_DIFF_CHARS
    std::string diff;
    for (std::size_t i = 0; i < most; ++i) diff += "𝄞";
    CHECK(explain(item({change(diff)}), most)->at("truncated") == false);
}

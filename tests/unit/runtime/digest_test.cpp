#include "runtime/builtin/digest.hpp"

#include "support/catch.hpp"

#include <string>

using lanekeeper::builtin::digest;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a digest tells characters, lines and words", "[builtin]") {
    CHECK(has(digest("Zwei Wörter\nund mehr\n"), "**Given 21 characters**: 2 lines, 4 words."));
}

TEST_CASE("an empty input has a digest too", "[builtin]") {
    CHECK(digest("") == "**Given nothing to read**: the input is empty.\n");
    CHECK(digest(" \n\t ") == digest(""));
}

TEST_CASE("files, paths and links are named once each", "[builtin]") {
    const std::string text = digest(
        "Look at src/lane.cpp:12 and `src/lane.cpp`, then ./run, /etc/hosts and README.md (not and/or, 1/2 or "
        "Node.js).\n"
        "See https://example.org/a?b=c for the reason, and https://example.org/a?b=c again.\n");
    CHECK(has(text, "- 4 paths: `src/lane.cpp`, `./run`, `/etc/hosts` and `README.md`."));
    CHECK(has(text, "- 1 link: `https://example.org/a?b=c`."));
}

TEST_CASE("questions are counted and quoted shortly, but not those inside code", "[builtin]") {
    const std::string text = digest(
        "The lane stops after the second job, and nobody knows the reason. Why does it stop? What should we try next?\n"
        "```py\nprint('really?')\n```\n");
    CHECK(has(text, "- 2 questions: “Why does it stop?” and “What should we try next?”."));
    CHECK(has(text, "- 1 code block: py, 1 line."));
}

TEST_CASE("dependency results are listed by id, status and size", "[builtin]") {
    const std::string text = digest(
        "Merge these.\ndependencyResults: {\"job_1\":{\"output\":\"12345\",\"status\":\"completed\"},"
        "\"job_2\":{\"output\":{\"a\":[1,2]},\"status\":\"failed\"}}\nThanks.");
    CHECK(has(text, "- 2 dependency results: `job_1` completed (5 bytes) and `job_2` failed (11 bytes)."));
    CHECK_FALSE(has(text, "12345"));
}

TEST_CASE("dependency results inside a JSON input are found", "[builtin]") {
    const std::string text =
        digest("{\"instruction\": \"sum up\", \"dependencyResults\": {\"a\": {\"output\": \"}{\"}}}");
    CHECK(has(text, "- 1 dependency result: `a` (2 bytes)."));
}

TEST_CASE("dependency results that were cut are said to be unreadable", "[builtin]") {
    CHECK(has(digest("dependencyResults: {\"a\": {\"output\": \"abc"), "could not be read as JSON"));
}

TEST_CASE("a digest is never its input", "[builtin]") {
    for (const std::string input : {"src/lane.cpp", "https://example.org/x", "Why does it stop?",
                                    "What is a lane, and why is it so?", "dependencyResults: {}", "```\ncode\n```"})
        CHECK_FALSE(has(digest(input), input));
}

TEST_CASE("a digest has at most two thousand bytes", "[builtin]") {
    std::string input = "dependencyResults: {";
    for (int i = 0; i < 200; ++i)
        input += (i > 0 ? ",\"" : "\"") + std::string(300, 'i') + std::to_string(i) + "\":{\"output\":1}";
    input += "}\n";
    for (int i = 0; i < 500; ++i)
        input += "Is " + std::string(200, 'q') + std::to_string(i) + " ok? See /x/" + std::string(150, 'p') +
                 std::to_string(i) + " and https://example.org/" + std::string(200, 'u') + std::to_string(i) + "\n```" +
                 std::string(50, 'l') + "\n```\n";
    CHECK(digest(input).size() <= 2000);
}

// Explains file changes for the tests: reads one JSON object a line from standard input,
//   {"changes": [{"path", "kind", "movePath", "diff"}], "truncated": false}, {"digest": "…"} or
//   {"suggest": {"transcript": [{"role", "text"}], "draft": "…"}},
// and writes one a line: {"facts": […], "text": "…"}.
#include "support/change_json.hpp"

#include "runtime/builtin/digest.hpp"
#include "runtime/builtin/explain.hpp"
#include "runtime/builtin/suggest.hpp"

#include <iostream>
#include <string>

namespace {

namespace json = boost::json;
namespace builtin = lanekeeper::builtin;

std::string suggestion(const json::object& input) {
    std::vector<builtin::Message> transcript;
    for (const json::value& item : input.at("transcript").as_array())
        transcript.push_back({lanekeeper::test::text_member(item.as_object(), "role"),
                              lanekeeper::test::text_member(item.as_object(), "text")});
    return builtin::suggest(transcript, lanekeeper::test::text_member(input, "draft"));
}

json::object answer(const json::object& input) {
    if (input.contains("digest")) return {{"text", builtin::digest(lanekeeper::test::text_member(input, "digest"))}};
    if (input.contains("suggest")) return {{"text", suggestion(input.at("suggest").as_object())}};
    const auto facts = builtin::read_facts(lanekeeper::test::read_changes(input));
    const bool truncated = lanekeeper::test::read_truncated(input);
    return {{"facts", lanekeeper::test::write_facts(facts)}, {"text", builtin::explain_facts(facts, truncated)}};
}

}  // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.empty()) continue;
        std::cout << json::serialize(answer(json::parse(line).as_object())) << '\n';
    }
    return 0;
}

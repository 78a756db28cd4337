#include "jobs/executors/work_result.hpp"

#include "base/json_read.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "jobs/executors/bounds.hpp"

#include <algorithm>
#include <optional>

namespace lanekeeper {
namespace {

std::string as_text(std::string_view said) {
    if (said.ends_with('\n')) said.remove_suffix(said.ends_with("\r\n") ? 2 : 1);
    return to_utf8(said);
}

bool inside_char(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::optional<std::int64_t> count(const json::object& usage, const char* name) {
    const auto* member = usage.if_contains(name);
    if (!member || !member->is_int64() || member->get_int64() < 0) return {};
    return member->get_int64();
}

json::value token_usage(const json::object& result) {
    const auto* said = result.if_contains("tokenUsage");
    const auto* usage = said ? said->if_object() : nullptr;
    if (!usage) return nullptr;
    auto input = count(*usage, "input"), output = count(*usage, "output");
    if (!input || !output) return nullptr;
    return json::object{{"input", *input}, {"output", *output}};
}

}  // namespace

CompletedRun work_result(std::string_view said) {
    auto read = read_json(said);
    if (!read) return CompletedRun({{"output", as_text(said)}});
    if (!read->is_object()) return CompletedRun({{"output", std::move(*read)}});
    CompletedRun run(std::move(read->get_object()));
    run.token_usage = token_usage(run.result);
    return run;
}

std::string first_said(std::string_view said) {
    auto text = to_utf8(trimmed(said.substr(0, limits::executor_said + 4)));
    auto size = std::min(text.size(), limits::executor_said);
    while (size < text.size() && inside_char(text[size])) --size;
    text.resize(size);
    return text;
}

std::string last_said(std::string_view said) {
    constexpr auto most = limits::executor_said + 4;
    auto text = to_utf8(trimmed(said.substr(said.size() - std::min(said.size(), most))));
    auto from = text.size() - std::min(text.size(), limits::executor_said);
    while (from > 0 && from < text.size() && inside_char(text[from])) ++from;
    return text.substr(from);
}

}  // namespace lanekeeper

#include "web/json_lines.hpp"

#include "base/json_read.hpp"
#include "web/input.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanekeeper::web {
namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r") == std::string_view::npos; }

Problem of_line(Problem problem, std::size_t number, std::size_t begin) {
    const auto* offset = problem.details.if_contains("offset");
    if (offset) problem.details["offset"] = offset->to_number<std::size_t>() + begin;
    problem.details["line"] = number;
    problem.message = fmt::format("line {}: {}", number, problem.message);
    return problem;
}

}  // namespace

Result<json::value> read_json_lines(std::string_view text, std::size_t most) {
    json::array values;
    std::size_t number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        auto end = std::min(text.find('\n', begin), text.size());
        auto line = text.substr(begin, end - begin);
        ++number;
        if (!is_blank(line)) {
            if (values.size() == most) return invalid_input("too_big", {}, fmt::format("must be 1 to {} lines", most));
            auto value = read_json(line);
            if (!value) return of_line(value.error(), number, begin);
            values.push_back(std::move(*value));
        }
        begin = end + 1;
    }
    return json::value(std::move(values));
}

}  // namespace lanekeeper::web

#include "runtime/builtin/text.hpp"
#include "runtime/builtin/text_finds.hpp"

#include "base/json.hpp"

namespace lanekeeper::builtin {

namespace {

constexpr std::string_view block_name = "dependencyResults";

/// One past the brace that closes the object at `open`, or npos when the text ends before.
std::size_t object_end(std::string_view text, std::size_t open) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t at = open; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\') ++at;
            else if (c == '"') in_string = false;
            continue;
        }
        if (c == '"') in_string = true;
        if (c == '{') ++depth;
        if (c == '}' && --depth == 0) return at + 1;
    }
    return std::string_view::npos;
}

std::size_t size_of(const json::value& value) {
    return value.is_string() ? value.get_string().size() : json::serialize(value).size();
}

DependencyResult read_result(std::string_view id, const json::value& value) {
    DependencyResult result{std::string(id), {}, 0};
    const json::object* members = value.if_object();
    if (members == nullptr) {
        result.bytes = size_of(value);
        return result;
    }
    if (const json::value* status = members->if_contains("status"); status != nullptr && status->is_string())
        result.status = std::string(std::string_view(status->get_string()));
    const json::value* output = members->if_contains("output");
    result.bytes = output != nullptr ? size_of(*output) : size_of(value);
    return result;
}

/// Where the object begins: behind the name, perhaps a quote, and a colon or an equals sign or a line end.
std::size_t object_begin(std::string_view text, std::size_t name) {
    const std::size_t at = text.find_first_not_of("\"`':= \t\r\n", name + block_name.size());
    return at != std::string_view::npos && text[at] == '{' ? at : std::string_view::npos;
}

}  // namespace

DependencyBlock find_dependency_results(std::string_view text) {
    DependencyBlock block;
    for (std::size_t at = text.find(block_name); at != std::string_view::npos; at = text.find(block_name, at + 1)) {
        const std::size_t open = object_begin(text, at);
        if (open == std::string_view::npos) continue;
        const std::size_t end = object_end(text, open);
        block.present = true;
        block.begin = at;
        block.end = end == std::string_view::npos ? text.size() : end;
        boost::system::error_code failed;
        const json::value parsed = json::parse(text.substr(open, block.end - open), failed);
        if (failed || !parsed.is_object()) return block;
        block.readable = true;
        for (const auto& member : parsed.get_object())
            block.results.push_back(read_result(member.key(), member.value()));
        return block;
    }
    return block;
}

}  // namespace lanekeeper::builtin

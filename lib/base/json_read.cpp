#include "base/json_read.hpp"

#include "base/limits.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>
#include <unordered_set>

namespace lanekeeper {
namespace {

using Code = boost::system::error_code;

constexpr std::size_t stored_depth = 16 * limits::json_depth;  // what is put around a value that was read is not that deep

/// What the parser tells: builds the value, and remembers the names of every object that is still open.
struct Builder {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    bool strict = true;
    json::value_stack stack;
    std::string number;  // the parts of one, when it comes in parts
    std::vector<std::unordered_set<std::string>> open;
    std::string key;
    const char* complaint = nullptr;

    bool refuse(const char* why, Code& code) {
        complaint = why;
        code = json::make_error_code(json::error::syntax);
        return false;
    }

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code&) {
        if (strict) open.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t members, Code&) {
        if (strict) open.pop_back();
        stack.push_object(members);
        return true;
    }
    bool on_array_begin(Code&) { return true; }
    bool on_array_end(std::size_t items, Code&) {
        stack.push_array(items);
        return true;
    }
    bool on_key_part(json::string_view part, std::size_t, Code&) {
        key.append(part.data(), part.size());
        return true;
    }
    bool on_key(json::string_view part, std::size_t, Code& code) {
        key.append(part.data(), part.size());
        stack.push_key(key);
        if (strict && !open.back().insert(std::move(key)).second) return refuse("a member name occurs twice in one object", code);
        key.clear();
        return true;
    }
    bool on_string_part(json::string_view part, std::size_t, Code&) {
        stack.push_chars(part);
        return true;
    }
    bool on_string(json::string_view part, std::size_t, Code&) {
        stack.push_string(part);
        return true;
    }
    bool on_number_part(json::string_view part, Code&) {
        number.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t value, json::string_view, Code&) {
        number.clear();
        stack.push_int64(value);
        return true;
    }
    bool on_uint64(std::uint64_t value, json::string_view, Code&) {
        number.clear();
        stack.push_uint64(value);
        return true;
    }
    /// The parser's own value may be a digit off.
    bool on_double(double value, json::string_view part, Code& code) {
        number.append(part.data(), part.size());
        double exact = 0;
        auto read = std::from_chars(number.data(), number.data() + number.size(), exact);
        if (read.ec == std::errc()) value = exact;
        number.clear();
        if (!std::isfinite(value)) return refuse("a number is too large", code);
        stack.push_double(value);
        return true;
    }
    bool on_bool(bool value, Code&) {
        stack.push_bool(value);
        return true;
    }
    bool on_null(Code&) {
        stack.push_null();
        return true;
    }
    bool on_comment_part(json::string_view, Code&) { return true; }
    bool on_comment(json::string_view, Code&) { return true; }
};

json::parse_options to_depth(std::size_t most) {
    json::parse_options options;
    options.max_depth = most;
    return options;
}

std::string describe(const Builder& builder, const Code& code, std::size_t offset, std::size_t size) {
    if (size == 0) return "the document is empty";
    if (builder.complaint) return builder.complaint;
    if (code == json::error::incomplete) return "the document ends too early";
    if (code == json::error::too_deep) return fmt::format("nested deeper than {} levels", builder.strict ? limits::json_depth : stored_depth);
    if (code == json::error::extra_data) return "something follows the document";
    if (offset < size) return code.message();
    return "the document ends too early";
}

Result<json::value> read(std::string_view text, bool strict) {
    json::basic_parser<Builder> parser(to_depth(strict ? limits::json_depth : stored_depth));
    parser.handler().strict = strict;
    Code code;
    std::size_t offset = parser.write_some(false, text.data(), text.size(), code);
    if (!code && offset < text.size()) code = json::make_error_code(json::error::extra_data);
    if (!code) return parser.handler().stack.release();
    auto& builder = parser.handler();
    std::string why = describe(builder, code, offset, text.size());
    return Problem("invalid_json", fmt::format("not valid JSON at byte {}: {}", offset, why), {{"offset", offset}});
}

}  // namespace

Result<json::value> read_json(std::string_view text) { return read(text, true); }
Result<json::value> read_stored_json(std::string_view text) { return read(text, false); }

}  // namespace lanekeeper

#include "base/schema_node.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

namespace lanekeeper {
namespace {

const char* word_for(Schema::Kind kind) {
    switch (kind) {
        case Schema::Kind::any: return "anything";
        case Schema::Kind::null: return "null";
        case Schema::Kind::boolean: return "a boolean";
        case Schema::Kind::integer: return "an integer";
        case Schema::Kind::number: return "a number";
        case Schema::Kind::string: return "a string";
        case Schema::Kind::array: return "an array";
        case Schema::Kind::object: return "an object";
        case Schema::Kind::word: return "a string";
    }
    return "";
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool has_kind(const json::value& value, Schema::Kind kind) {
    switch (kind) {
        case Schema::Kind::any: return true;
        case Schema::Kind::null: return value.is_null();
        case Schema::Kind::boolean: return value.is_bool();
        case Schema::Kind::integer: return value.is_int64() || value.is_uint64();
        case Schema::Kind::number: return value.is_number();
        case Schema::Kind::string:
        case Schema::Kind::word: return value.is_string();
        case Schema::Kind::array: return value.is_array();
        case Schema::Kind::object: return value.is_object();
    }
    return false;
}

}  // namespace

// Walks a value beside its schema; `path` is where it stands.
struct SchemaChecker {
    std::vector<Issue> issues;
    json::array path;

    void add(const char* code, std::string message) { issues.emplace_back(code, path, std::move(message)); }

    void check(const Schema& schema, const json::value& value) {
        const Schema::Node& node = *schema.node_;
        if (value.is_null() && node.nullable) return;
        if (!has_kind(value, node.kind)) return add("invalid_type", fmt::format("must be {}", word_for(node.kind)));
        switch (node.kind) {
            case Schema::Kind::integer: return check_integer(node, value);
            case Schema::Kind::string: return check_string(node, value.get_string());
            case Schema::Kind::word: return check_word(node, value.get_string());
            case Schema::Kind::array: return check_array(node, value.get_array());
            case Schema::Kind::object: return check_object(node, value.get_object());
            default: return;
        }
    }

    // A parsed number is int64 where it fits; one of our own making may be uint64 and small all the same.
    void check_integer(const Schema::Node& node, const json::value& value) {
        constexpr auto largest = std::uint64_t(std::numeric_limits<std::int64_t>::max());
        bool huge = value.is_uint64() && value.get_uint64() > largest;
        auto number = huge ? 0 : value.to_number<std::int64_t>();
        if (!huge && number < node.min) add("too_small", fmt::format("must be at least {}", node.min));
        if (huge || number > node.max) add("too_big", fmt::format("must be at most {}", node.max));
    }

    void check_string(const Schema::Node& node, std::string_view text) {
        if (node.regex) {
            // The regex engine recurses with the length of its subject: bound it before it starts.
            bool fits = text.size() <= 1024 && std::regex_match(text.begin(), text.end(), *node.regex);
            if (!fits) add("invalid_value", "must be " + node.rule);
            return;
        }
        auto length = std::int64_t(count_chars(text));
        if (length < node.min) add("too_small", fmt::format("must have at least {} characters", node.min));
        if (length > node.max) add("too_big", fmt::format("must have at most {} characters", node.max));
        if (node.one_line && std::any_of(text.begin(), text.end(), is_control))
            add("invalid_value", "must have no control characters");
    }

    void check_word(const Schema::Node& node, std::string_view text) {
        if (std::find(node.words.begin(), node.words.end(), text) == node.words.end())
            add("invalid_value", fmt::format("must be one of: {}", fmt::join(node.words, ", ")));
    }

    void check_array(const Schema::Node& node, const json::array& array) {
        auto size = std::int64_t(array.size());
        if (size < node.min) add("too_small", fmt::format("must have at least {} elements", node.min));
        if (size > node.max) return add("too_big", fmt::format("must have at most {} elements", node.max));
        for (std::size_t i = 0; i < array.size(); ++i) descend(json::value(std::int64_t(i)), node.item.front(), array[i]);
    }

    void check_object(const Schema::Node& node, const json::object& object) {
        for (const auto& field : node.fields) {
            const json::value* member = object.if_contains(field.name);
            if (member) descend(json::value(field.name), field.schema, *member);
            else if (field.required) missing(field.name);
        }
        if (!node.open) refuse_unknown(node, object);
    }

    void missing(const std::string& name) {
        path.emplace_back(name);
        add("required", "is required");
        path.pop_back();
    }

    void refuse_unknown(const Schema::Node& node, const json::object& object) {
        for (const auto& member : object) {
            auto known = [&](const Schema::Field& field) { return member.key() == field.name; };
            if (std::any_of(node.fields.begin(), node.fields.end(), known)) continue;
            path.emplace_back(member.key());
            add("unknown_field", "is not a known member");
            path.pop_back();
        }
    }

    void descend(json::value step, const Schema& schema, const json::value& value) {
        path.push_back(std::move(step));
        check(schema, value);
        path.pop_back();
    }
};

std::vector<Issue> Schema::check(const json::value& value) const {
    SchemaChecker checker;
    checker.check(*this, value);
    return std::move(checker.issues);
}

Result<void> check_input(const Schema& schema, const json::value& value) {
    auto issues = schema.check(value);
    if (issues.empty()) return {};
    Problem problem("invalid_request", "the request does not validate");
    problem.issues = std::move(issues);
    return problem;
}

}  // namespace lanekeeper

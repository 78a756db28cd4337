#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lanekeeper {

/// What a JSON value must look like. One description serves both the check of an input and the JSON Schema that
/// `proto/` publishes, so the two cannot differ. Values are cheap to copy (children are shared and immutable).
class Schema {
public:
    enum class Kind { any, null, boolean, integer, number, string, array, object, word };
    struct Field;

    static Schema any();
    static Schema boolean();
    static Schema integer(std::int64_t min, std::int64_t max);
    static Schema number();
    /// Length is counted in Unicode code points.
    static Schema string(std::size_t min = 0, std::size_t max = 1u << 20);
    /// A string for a name, an id or a path: as above, and without control characters (U+0000 to U+001F, U+007F).
    static Schema line(std::size_t min, std::size_t max);
    /// A string that matches an ECMAScript regular expression in full; `rule` says it in words.
    static Schema pattern(std::string expression, std::string rule);
    /// One of the given strings.
    static Schema word(std::vector<std::string> words);
    static Schema array(Schema item, std::size_t min = 0, std::size_t max = 1u << 20);
    /// An object with these members; others are refused.
    static Schema object(std::vector<Field> fields);
    /// An object whose other members are let through unread (what runtimes send).
    static Schema open_object(std::vector<Field> fields);

    Schema nullable() const;
    Schema described(std::string text) const;

    /// All that is wrong, in the order of the document; empty when it fits.
    std::vector<Issue> check(const json::value& value) const;

    /// The same rules as JSON Schema, draft 2020-12, without `$schema`.
    json::object to_json() const;

    Kind kind() const;

private:
    struct Node;
    explicit Schema(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
    static Schema make(Node node);
    std::shared_ptr<const Node> node_;
    friend struct SchemaChecker;
};

struct Schema::Field {
    std::string name;
    Schema schema;
    bool required = true;
};

inline Schema::Field required(std::string name, Schema schema) { return {std::move(name), std::move(schema), true}; }
inline Schema::Field optional_field(std::string name, Schema schema) { return {std::move(name), std::move(schema), false}; }

/// `invalid_request` with the issues, when there are any.
Result<void> check_input(const Schema& schema, const json::value& value);

}  // namespace lanekeeper

#include "base/schema_node.hpp"

namespace lanekeeper {
namespace {

json::array words_of(const std::vector<std::string>& words) {
    json::array list;
    for (const auto& word : words) list.emplace_back(word);
    return list;
}

void describe_object(json::object& out, const std::vector<Schema::Field>& fields, bool open) {
    json::object properties;
    json::array needed;
    for (const auto& field : fields) {
        properties[field.name] = field.schema.to_json();
        if (field.required) needed.emplace_back(field.name);
    }
    out["type"] = "object";
    out["properties"] = std::move(properties);
    if (!needed.empty()) out["required"] = std::move(needed);
    out["additionalProperties"] = open;
}

void bounds(json::object& out, const char* low, const char* high, std::int64_t min, std::int64_t max) {
    out[low] = min;
    out[high] = max;
}

}  // namespace

json::object Schema::to_json() const {
    json::object out;
    const Node& node = *node_;
    switch (node.kind) {
        case Kind::any: break;
        case Kind::null: out["type"] = "null"; break;
        case Kind::boolean: out["type"] = "boolean"; break;
        case Kind::number: out["type"] = "number"; break;
        case Kind::integer:
            out["type"] = "integer";
            bounds(out, "minimum", "maximum", node.min, node.max);
            break;
        case Kind::string:
            out["type"] = "string";
            if (node.regex) out["pattern"] = "^(?:" + node.expression + ")$";
            else bounds(out, "minLength", "maxLength", node.min, node.max);
            if (node.one_line) out["pattern"] = R"(^[^\u0000-\u001f\u007f]*$)";
            break;
        case Kind::word:
            out["type"] = "string";
            out["enum"] = words_of(node.words);
            break;
        case Kind::array:
            out["type"] = "array";
            out["items"] = node.item.front().to_json();
            bounds(out, "minItems", "maxItems", node.min, node.max);
            break;
        case Kind::object: describe_object(out, node.fields, node.open); break;
    }
    if (node.nullable && node.kind == Kind::word) out["enum"].as_array().emplace_back(nullptr);
    if (node.nullable && out.contains("type")) out["type"] = json::array{out["type"], "null"};
    if (!node.description.empty()) out["description"] = node.description;
    return out;
}

}  // namespace lanekeeper

#include "base/schema.hpp"

#include "base/schema_node.hpp"

namespace lanekeeper {

Schema Schema::make(Node node) { return Schema(std::make_shared<const Node>(std::move(node))); }

Schema Schema::any() { return make(Node{}); }
Schema Schema::boolean() {
    Node node;
    node.kind = Kind::boolean;
    return make(std::move(node));
}
Schema Schema::number() {
    Node node;
    node.kind = Kind::number;
    return make(std::move(node));
}
Schema Schema::integer(std::int64_t min, std::int64_t max) {
    Node node;
    node.kind = Kind::integer;
    node.min = min;
    node.max = max;
    return make(std::move(node));
}
Schema Schema::string(std::size_t min, std::size_t max) {
    Node node;
    node.kind = Kind::string;
    node.min = std::int64_t(min);
    node.max = std::int64_t(max);
    return make(std::move(node));
}
Schema Schema::line(std::size_t min, std::size_t max) {
    Node node;
    node.kind = Kind::string;
    node.min = std::int64_t(min);
    node.max = std::int64_t(max);
    node.one_line = true;
    return make(std::move(node));
}
Schema Schema::pattern(std::string expression, std::string rule) {
    Node node;
    node.kind = Kind::string;
    node.regex = std::make_shared<const std::regex>(expression, std::regex::ECMAScript | std::regex::optimize);
    node.expression = std::move(expression);
    node.rule = std::move(rule);
    return make(std::move(node));
}
Schema Schema::word(std::vector<std::string> words) {
    Node node;
    node.kind = Kind::word;
    node.words = std::move(words);
    return make(std::move(node));
}
Schema Schema::array(Schema item, std::size_t min, std::size_t max) {
    Node node;
    node.kind = Kind::array;
    node.min = std::int64_t(min);
    node.max = std::int64_t(max);
    node.item.push_back(std::move(item));
    return make(std::move(node));
}
Schema Schema::object(std::vector<Field> fields) {
    Node node;
    node.kind = Kind::object;
    node.fields = std::move(fields);
    return make(std::move(node));
}
Schema Schema::open_object(std::vector<Field> fields) {
    Node node;
    node.kind = Kind::object;
    node.fields = std::move(fields);
    node.open = true;
    return make(std::move(node));
}

Schema Schema::nullable() const {
    Node node = *node_;
    node.nullable = true;
    return make(std::move(node));
}

Schema Schema::described(std::string text) const {
    Node node = *node_;
    node.description = std::move(text);
    return make(std::move(node));
}

Schema::Kind Schema::kind() const { return node_->kind; }

}  // namespace lanekeeper

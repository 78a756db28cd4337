#pragma once
// Private to the schema sources: what a schema is made of.
#include "base/schema.hpp"

#include <regex>

namespace lanekeeper {

struct Schema::Node {
    Kind kind = Kind::any;
    bool nullable = false;
    bool open = false;
    bool one_line = false;  // no control characters
    std::int64_t min = 0;
    std::int64_t max = 0;
    std::vector<std::string> words;
    std::vector<Schema> item;  // none or one
    std::vector<Field> fields;
    std::string expression;
    std::string rule;
    std::string description;
    std::shared_ptr<const std::regex> regex;
};

}  // namespace lanekeeper

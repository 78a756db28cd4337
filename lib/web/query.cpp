#include "web/query.hpp"

#include <algorithm>

namespace lanekeeper::web {
namespace {

using Form = QueryParameter::Form;

json::array split(std::string_view words) {
    json::array list;
    while (!words.empty()) {
        auto comma = words.find(", ");
        list.emplace_back(words.substr(0, comma));
        words.remove_prefix(comma == std::string_view::npos ? words.size() : comma + 2);
    }
    return list;
}

json::object bounded(const QueryParameter& parameter, const char* type, const char* least, const char* most) {
    json::object schema{{"type", type}};
    if (parameter.least > 0 || parameter.form == Form::number) schema[least] = parameter.least;
    if (parameter.most > 0) schema[most] = parameter.most;
    return schema;
}

json::object schema_of(const QueryParameter& parameter) {
    switch (parameter.form) {
        case Form::number: return bounded(parameter, "integer", "minimum", "maximum");
        case Form::flag: return {{"enum", split("true, false, 1, 0")}};
        case Form::word: return {{"enum", split(parameter.words)}};
        case Form::duration: return {{"type", "string"}, {"pattern", "^(true|false|[0-9]+(ms|s|m)?)$"}};
        case Form::text: break;
    }
    return bounded(parameter, "string", "minLength", "maxLength");
}

json::value default_of(const QueryParameter& parameter) {
    if (parameter.otherwise >= 0) return parameter.otherwise;
    if (!parameter.otherwise_word.empty()) return json::string(parameter.otherwise_word);
    return nullptr;
}

}  // namespace

json::object to_json(const QueryParameter& parameter) {
    return {{"name", parameter.name},
            {"schema", schema_of(parameter)},
            {"default", default_of(parameter)},
            {"about", parameter.about}};
}

std::map<std::string, std::string> listed_only(std::map<std::string, std::string> query, Query listed) {
    std::erase_if(query, [&](const auto& member) {
        return std::none_of(listed.begin(), listed.end(), [&](const auto& known) { return known.name == member.first; });
    });
    return query;
}

}  // namespace lanekeeper::web

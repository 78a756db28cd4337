#pragma once

#include "runtime/builtin/diff_facts.hpp"
#include "runtime/builtin/file_change.hpp"

#include "base/json.hpp"

#include <string>
#include <vector>

/// File changes and their facts as JSON, for the golden texts and the corpus test.
namespace lanekeeper::test {

inline std::string text_member(const json::object& object, json::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string().c_str(), value->get_string().size())
                                                  : std::string();
}

inline std::vector<builtin::FileChange> read_changes(const json::object& input) {
    std::vector<builtin::FileChange> changes;
    for (const json::value& item : input.at("changes").as_array()) {
        const json::object& change = item.as_object();
        changes.push_back({text_member(change, "path"), text_member(change, "kind"), text_member(change, "movePath"),
                           text_member(change, "diff")});
    }
    return changes;
}

inline bool read_truncated(const json::object& input) {
    const json::value* value = input.if_contains("truncated");
    return value != nullptr && value->is_bool() && value->get_bool();
}

inline json::array write_names(const builtin::FileFacts& facts) {
    json::array names;
    for (const builtin::TouchedName& name : facts.names)
        names.push_back({{"name", name.name},
                         {"kind", static_cast<int>(name.kind)},
                         {"touch", static_cast<int>(name.touch)},
                         {"before", name.before},
                         {"after", name.after}});
    return names;
}

inline json::array write_facts(const std::vector<builtin::FileFacts>& all) {
    json::array out;
    for (const builtin::FileFacts& facts : all)
        out.push_back({{"path", facts.path},
                       {"movedTo", facts.moved_to},
                       {"kind", static_cast<int>(facts.kind)},
                       {"added", facts.added},
                       {"removed", facts.removed},
                       {"binary", facts.binary},
                       {"malformed", facts.malformed},
                       {"names", write_names(facts)}});
    return out;
}

}  // namespace lanekeeper::test

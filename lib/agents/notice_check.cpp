// What external agents may send, as schemas: the runtime's own shapes, members that we do not read let through.
#include "agents/notice.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"

namespace lanekeeper {
namespace {

Schema id() { return Schema::string(1, limits::thread_id_chars); }

/// {type: add|update|delete, move_path?} or one of these words.
Schema change_kind() { return Schema::any().described("{type: add|update|delete, move_path?}, or the word alone"); }

Schema change() {
    return Schema::open_object({
        required("path", Schema::string(1, limits::path_chars)),
        optional_field("kind", change_kind()),
        optional_field("diff", Schema::string(0, limits::mib * 64).nullable()),
    });
}

Schema item() {
    return Schema::open_object({
        required("id", id()),
        required("type", Schema::string(1, limits::setting_key_chars)),
        optional_field("status", Schema::any()),
    });
}

Schema turn() {
    return Schema::open_object({
        required("id", id()),
        optional_field("status", Schema::string(1, limits::setting_key_chars)),
    });
}

void add(std::vector<Issue>& issues, const json::array& path, std::initializer_list<const char*> inside,
         std::vector<Issue> more) {
    for (auto& issue : more) {
        json::array whole = path;
        for (const char* step : inside) whole.emplace_back(step);
        for (auto& step : issue.path) whole.push_back(step);
        issue.path = std::move(whole);
        issues.push_back(std::move(issue));
    }
}

bool is_file_change(const json::object& params) {
    const json::object* thing = members::object(params, "item");
    return thing && members::text(*thing, "type") == "fileChange";
}

void check_kinds(std::vector<Issue>& issues, const json::array& path, const json::array& changes) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const json::value* kind = changes[i].get_object().if_contains("kind");
        if (!kind || kind->is_null() || kind->is_string() || kind->is_object()) continue;
        json::array at = path;
        for (json::value step : {json::value("params"), json::value("item"), json::value("changes"), json::value(std::int64_t(i)),
                                 json::value("kind")})
            at.push_back(std::move(step));
        issues.emplace_back("invalid_type", std::move(at), "must be an object {type} or a string");
    }
}

}  // namespace

Schema notice_schema() {
    return Schema::open_object({
        required("method", Schema::string(1, 200)),
        required("params", Schema::open_object({})),
    });
}

Schema notice_params_schema(std::string_view method) {
    auto thread = optional_field("threadId", id());
    if (method == "turn/started" || method == "turn/completed")
        return Schema::open_object({thread, required("turn", turn())});
    if (method == "item/started" || method == "item/completed")
        return Schema::open_object({thread, required("turnId", id()), required("item", item())});
    if (method == "item/agentMessage/delta")
        return Schema::open_object({thread, required("turnId", id()), required("itemId", id()),
                                    required("delta", Schema::string())});
    return Schema::open_object({thread, optional_field("turnId", id().nullable())});
}

Schema file_change_schema() {
    return Schema::open_object({
        optional_field("status", Schema::string(1, limits::setting_key_chars)),
        required("changes", Schema::array(change(), 0, 10'000)),
    });
}

std::vector<Issue> check_notice(const json::value& value, const json::array& path) {
    static const Schema envelope = notice_schema();
    std::vector<Issue> issues;
    add(issues, path, {}, envelope.check(value));
    if (!issues.empty()) return issues;
    const auto& notice = value.get_object();
    const auto& params = notice.at("params").get_object();
    auto method = members::text(notice, "method");
    add(issues, path, {"params"}, notice_params_schema(method).check(params));
    if (!issues.empty() || !is_file_change(params) || method.substr(0, 5) != "item/") return issues;
    static const Schema files = file_change_schema();
    const auto& thing = params.at("item");
    add(issues, path, {"params", "item"}, files.check(thing));
    if (issues.empty()) check_kinds(issues, path, thing.get_object().at("changes").get_array());
    return issues;
}

}  // namespace lanekeeper

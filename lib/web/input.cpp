#include "web/input.hpp"

#include "base/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace lanekeeper::web {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0) return {};
    return number;
}

Problem bad_query(const std::string& name, std::string message) {
    return invalid_input("invalid_value", {"query", name}, std::move(message));
}

std::optional<Millis> read_duration(std::string_view text) {
    std::int64_t unit = 1000;
    if (text.ends_with("ms")) {
        unit = 1;
        text.remove_suffix(2);
    } else if (text.ends_with('s')) {
        text.remove_suffix(1);
    } else if (text.ends_with('m')) {
        unit = 60'000;
        text.remove_suffix(1);
    }
    auto number = whole_number(text);
    if (!number) return {};
    return Millis(std::min<std::int64_t>(*number, 1'000'000) * unit);
}

}  // namespace

Problem invalid_input(std::string code, json::array path, std::string message) {
    Problem problem("invalid_request", message);
    problem.issues.emplace_back(std::move(code), std::move(path), std::move(message));
    return problem;
}

const Schema& empty_body() {
    static const Schema schema = Schema::object({});
    return schema;
}

const Schema& any_body() {
    static const Schema schema = Schema::open_object({});
    return schema;
}

Result<json::object> read_body(const ApiRequest& request, const Schema& schema) {
    json::value body = request.body.is_null() && request.raw_body.empty() ? json::value(json::object()) : request.body;
    auto checked = check_input(schema, body);
    if (!checked) return checked.error();
    if (!body.is_object()) return invalid_input("invalid_type", {}, "the body must be an object");
    return std::move(body.as_object());
}

Result<std::optional<std::int64_t>> read_number(const ApiRequest& request, const std::string& name) {
    auto text = request.query_value(name);
    if (!text) return std::optional<std::int64_t>();
    auto number = whole_number(*text);
    if (!number) return bad_query(name, fmt::format("{} must be a whole number, 0 or more", name));
    return number;
}

Result<std::size_t> read_limit(const ApiRequest& request, std::size_t fallback, std::size_t largest) {
    auto number = read_number(request, "limit");
    if (!number) return number.error();
    if (!*number) return fallback;
    if (**number < 1 || std::uint64_t(**number) > largest)
        return bad_query("limit", fmt::format("limit must be from 1 to {}", largest));
    return std::size_t(**number);
}

std::optional<std::string> read_cursor(const ApiRequest& request) {
    auto text = request.query_value("cursor");
    if (text && text->empty()) text.reset();
    return text;
}

Problem bad_cursor() { return bad_query("cursor", "cursor must be a nextCursor of an earlier reply"); }

Result<bool> read_flag(const ApiRequest& request, const std::string& name, bool fallback) {
    auto text = request.query_value(name);
    if (!text) return fallback;
    if (*text == "true" || *text == "1" || text->empty()) return true;
    if (*text == "false" || *text == "0") return false;
    return bad_query(name, fmt::format("{} must be true or false", name));
}

Result<std::optional<Millis>> read_wait(const ApiRequest& request) {
    auto text = request.query_value("wait");
    if (!text || *text == "false") return std::optional<Millis>();
    if (*text == "true") return std::optional<Millis>(limits::long_poll);
    auto duration = read_duration(*text);
    if (!duration) return bad_query("wait", "wait must be true or a time such as 30s or 500ms");
    return std::optional<Millis>(std::min(*duration, limits::long_poll));
}

std::optional<IdempotencyClaim> idempotency_claim(const ApiRequest& request,
                                                  std::function<json::object(const Enqueued&)> answer) {
    auto key = request.header("idempotency-key");
    if (!key) return {};
    IdempotencyClaim claim;
    claim.scope = request.route + " " + request.caller;
    claim.key = std::move(*key);
    claim.body_hash = body_hash(request.path + "\n" + request.raw_body);
    claim.answer = std::move(answer);
    return claim;
}

json::value job_metadata(const ApiRequest& request) {
    if (request.traceparent.empty()) return nullptr;
    return json::object{{"traceparent", request.traceparent}};
}

std::string body_hash(std::string_view body) {
    // FNV-1a from two starting points: nobody gains by making two bodies of their own collide.
    std::uint64_t first = 14695981039346656037ull;
    std::uint64_t second = 0x9e3779b97f4a7c15ull;
    for (unsigned char c : body) {
        first = (first ^ c) * 1099511628211ull;
        second = (second ^ (c + 0x5bu)) * 1099511628211ull;
    }
    return fmt::format("{:016x}{:016x}", first, second ^ body.size());
}

}  // namespace lanekeeper::web

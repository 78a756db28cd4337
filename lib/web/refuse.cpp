#include "web/api.hpp"

#include "wire/errors.hpp"

namespace lanekeeper::web {

std::optional<std::string> ApiRequest::query_value(const std::string& name) const {
    auto found = query.find(name);
    if (found == query.end()) return {};
    return found->second;
}

std::optional<std::string> ApiRequest::header(const std::string& lower_case_name) const {
    auto found = headers.find(lower_case_name);
    if (found == headers.end()) return {};
    return found->second;
}

ApiReply refuse(const Problem& problem) {
    auto error = wire::error_body(problem);
    ApiReply reply(error.status, std::move(error.body));
    if (error.retry_after) {
        auto seconds = std::chrono::ceil<std::chrono::seconds>(*error.retry_after).count();
        reply.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
    }
    return reply;
}

ApiReply in_words_of(std::string_view path, ApiReply reply) {
    bool theirs = path.starts_with("/api/jobs") || path.starts_with("/api/workers") || path.starts_with("/api/schedules");
    const auto* body = reply.body.if_object();
    if (theirs && reply.status >= 400 && body && body->contains("code")) reply.body = wire::jobs_error(*body);
    return reply;
}

}  // namespace lanekeeper::web

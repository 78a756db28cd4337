#include "base/settings_row.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

namespace lanekeeper {
namespace {

bool parses_as(int family, std::string_view text) {
    unsigned char bytes[16];
    return ::inet_pton(family, std::string(text).c_str(), bytes) == 1;
}

struct Relations {
    std::vector<Issue> broken;

    void refuse(const char* name, std::string sentence) {
        broken.emplace_back("invalid_setting", json::array{name}, std::move(sentence));
    }

    template <class T>
    void at_most(const char* name, T value, const char* other, T limit) {
        if (value > limit)
            refuse(name, fmt::format("{}={} must be at most {}, which is {}", name, value, other, limit));
    }
};

}  // namespace

bool is_ip_address(std::string_view text) { return parses_as(AF_INET, text) || parses_as(AF_INET6, text); }

bool is_loopback(std::string_view address) {
    if (address == "localhost" || address == "::1") return true;
    return parses_as(AF_INET, address) && address.starts_with("127.");
}

std::vector<Issue> broken_relations(const Settings& s) {
    Relations rules;
    rules.at_most("JOB_WORKERS_MIN", s.pool.workers_min, "JOB_WORKERS_MAX", s.pool.workers_max);
    rules.at_most("ORCHESTRATOR_QUEUE_MAX_PER_PROJECT", s.queue.max_per_project, "ORCHESTRATOR_QUEUE_MAX_GLOBAL",
                  s.queue.max_global);
    rules.at_most("LANEKEEPER_MAX_BODY_BYTES", s.web.max_body_bytes, "LANEKEEPER_MAX_BULK_BODY_BYTES",
                  s.web.max_bulk_body_bytes);
    rules.at_most("LANEKEEPER_MAX_CONNECTIONS_PER_ADDRESS", s.web.max_connections_per_address,
                  "LANEKEEPER_MAX_CONNECTIONS", s.web.max_connections);
    rules.at_most("ORCHESTRATOR_AGENT_POLL_INTERVAL_MS", s.agent.poll_interval.count(),
                  "ORCHESTRATOR_AGENT_TURN_TIMEOUT_MS", s.agent.turn_timeout.count());
    if (!is_loopback(s.web.host))
        rules.refuse(
            "HOST",
            fmt::format("HOST={} is not a loopback address. Only a daemon that checks tokens may listen there, and "
                        "LANEKEEPER_TOKENS_FILE is not implemented yet: keep HOST on loopback, behind a proxy "
                        "that authenticates",
                        s.web.host));
    if (!s.web.tokens_file.empty())
        rules.refuse("LANEKEEPER_TOKENS_FILE",
                     "LANEKEEPER_TOKENS_FILE is set, but tokens are not implemented yet and would not be "
                     "checked: unset it");
    return std::move(rules.broken);
}

}  // namespace lanekeeper

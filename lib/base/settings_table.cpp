#include "base/setting_kinds.hpp"

#include <limits>

namespace lanekeeper {
namespace {

using namespace setting;

using S = Settings;
using Web = WebSettings;
using Store = StoreSettings;
using Run = RuntimeSettings;
using Queue = QueueSettings;
using Agent = AgentSettings;
using Pool = PoolSettings;
using Session = SessionDefaults;

constexpr std::int64_t day_ms = 24 * 3'600'000;
constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t explain_chars = 250'000;  // in any script these fit limits::job_payload
constexpr std::int64_t gib = 1 << 30;

bool anything(std::string_view) { return true; }
bool not_empty(std::string_view text) { return !text.empty(); }
bool bind_address(std::string_view text) { return text == "localhost" || is_ip_address(text); }

bool host_name(std::string_view text) {
    if (is_ip_address(text)) return true;
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == text.npos;
}

bool origin(std::string_view text) {
    auto scheme = text.starts_with("http://") ? 7u : text.starts_with("https://") ? 8u : 0u;
    return scheme != 0 && text.size() > scheme && text.find_first_of("/*?# ", scheme) == text.npos;
}

SettingRow secret(SettingRow row) {
    row.secret = true;
    return row;
}

using Rows = std::vector<SettingRow>;

Rows web_rows() {
    return {
        text<&S::web, &Web::host>("HOST", "an IP address of this machine, or localhost", "Address to listen on.",
                                  bind_address),
        whole<&S::web, &Web::port>("PORT", 0, 65535, "Port for HTTP and WebSocket; 0 takes any free one."),
        list<&S::web, &Web::allowed_hosts>("LANEKEEPER_ALLOWED_HOSTS",
                                           "a comma-separated list of host names or addresses, without ports",
                                           "Names that a Host header may carry.", host_name),
        list<&S::web, &Web::allowed_origins>("LANEKEEPER_ALLOWED_ORIGINS",
                                             "a comma-separated list of scheme://host[:port]",
                                             "Web origins that may call us, beside our own.", origin),
        text<&S::web, &Web::tokens_file>("LANEKEEPER_TOKENS_FILE", "a path, or empty",
                                         "File of roles and token hashes; without it every loopback caller is admin.",
                                         anything),
        whole<&S::web, &Web::max_connections>("LANEKEEPER_MAX_CONNECTIONS", 1, million, "Connections at once."),
        whole<&S::web, &Web::max_connections_per_address>("LANEKEEPER_MAX_CONNECTIONS_PER_ADDRESS", 1, million,
                                                          "The same for one address; loopback addresses do not count."),
        whole<&S::web, &Web::max_body_bytes>("LANEKEEPER_MAX_BODY_BYTES", 1024, gib, "Largest request body."),
        whole<&S::web, &Web::max_bulk_body_bytes>("LANEKEEPER_MAX_BULK_BODY_BYTES", 1024, gib,
                                                  "The same on bulk, workflow and notification routes."),
    };
}

Rows process_rows() {
    Words<LogLevel> levels{{"trace", LogLevel::trace},
                           {"debug", LogLevel::debug},
                           {"info", LogLevel::info},
                           {"warn", LogLevel::warn},
                           {"error", LogLevel::error}};
    Words<std::optional<LogFormat>> formats{{"auto", {}}, {"text", LogFormat::text}, {"json", LogFormat::json}};
    Words<StoreDriver> drivers{
        {"sqlite", StoreDriver::sqlite}, {"json", StoreDriver::json}, {"memory", StoreDriver::memory}};
    return {
        text<&S::store, &Store::data_dir>("DATA_DIR", "a path",
                                          "Folder of everything durable; one daemon at a time holds it.", not_empty),
        choice<&S::store, &Store::driver>("LANEKEEPER_STORE", drivers,
                                          "Where jobs are kept; memory forgets them at the end."),
        hours<&S::store, &Store::event_retention>("LANEKEEPER_EVENT_RETENTION_HOURS", 1, 87'600,
                                                  "How long events are kept for clients that return."),
        whole<&S::store, &Store::event_retention_count>("LANEKEEPER_EVENT_RETENTION_COUNT", 1000, 1000 * million,
                                                        "How many, at most."),
        choice<&S::log, &LogSettings::level>("LOG_LEVEL", levels, "Least level that is logged."),
        choice<&S::log, &LogSettings::format>("LOG_FORMAT", formats,
                                              "Shape of log lines; auto is text on a terminal, else JSON."),
        {"LANEKEEPER_THREADS", range_rule("a whole number", 1, 64), "Threads for network and lanes.",
         [](Settings& settings, std::string_view text) {
             auto value = read_whole(text, 1, 64);
             if (value) settings.threads = int(*value);
             return value.has_value();
         },
         [](const Settings& settings) { return fmt::format("{}", settings.threads); }},
        millis<&S::shutdown, &ShutdownSettings::drain>("LANEKEEPER_DRAIN_MS", 0, day_ms,
                                                       "A stop waits this long for running jobs."),
        millis<&S::shutdown, &ShutdownSettings::settle>("LANEKEEPER_SETTLE_MS", 0, day_ms,
                                                        "Then this long for those that it cancelled."),
        flag<&S::metrics, &MetricsSettings::per_project>("LANEKEEPER_METRICS_PER_PROJECT",
                                                         "Whether /metrics names the deepest lanes."),
    };
}

Rows runtime_rows() {
    Words<RuntimeKind> kinds{
        {"auto", RuntimeKind::automatic}, {"codex", RuntimeKind::codex}, {"builtin", RuntimeKind::builtin}};
    return {
        choice<&S::runtime, &Run::kind>("LANEKEEPER_RUNTIME", kinds,
                                        "Who runs turns; auto is codex if it is found, else built-in."),
        text<&S::runtime, &Run::codex_bin>("CODEX_BIN", "a program name or path", "The codex program.", not_empty),
        text<&S::runtime, &Run::codex_home>("CODEX_HOME", "a path, or empty", "Its home; passed to the runtime only.",
                                            anything),
        secret(text<&S::runtime, &Run::openai_api_key>("OPENAI_API_KEY", "a key, or empty",
                                                       "Passed to the runtime only.", anything)),
        text<&S::runtime, &Run::agents_dir>("LANEKEEPER_AGENTS_DIR", "a path, or empty",
                                            "Folder of <agent>.json files beside or over those compiled in.", anything),
        text<&S::runtime, &Run::executors_file>("LANEKEEPER_EXECUTORS_FILE", "a path, or empty",
                                                "JSON file of executors, as config/executors.example.json.", anything),
        word<&S::session, &Session::approval_policy>("DEFAULT_APPROVAL_POLICY",
                                                     {"untrusted", "on-failure", "on-request", "never"},
                                                     "What a new session starts with."),
        word<&S::session, &Session::sandbox_mode>("DEFAULT_SANDBOX_MODE",
                                                  {"read-only", "workspace-write", "danger-full-access"}, "The same."),
        word<&S::session, &Session::network_access>("DEFAULT_NETWORK_ACCESS", {"restricted", "enabled"}, "The same."),
        flag<&S::session, &Session::locked>("SESSION_DEFAULTS_LOCKED",
                                            "Whether clients may not change these defaults."),
    };
}

Rows queue_rows() {
    constexpr int most = std::numeric_limits<int>::max();
    return {
        flag<&S::queue, &Queue::enabled>("ORCHESTRATOR_QUEUE_ENABLED", "Whether lanes take work."),
        whole<&S::queue, &Queue::global_concurrency>("ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY", 1, 1000,
                                                     "Lane jobs that run at once."),
        whole<&S::queue, &Queue::max_per_project>("ORCHESTRATOR_QUEUE_MAX_PER_PROJECT", 1, most,
                                                  "Queued and running jobs of one owner."),
        whole<&S::queue, &Queue::max_global>("ORCHESTRATOR_QUEUE_MAX_GLOBAL", 1, most, "The same of all owners."),
        whole<&S::queue, &Queue::max_attempts>("ORCHESTRATOR_QUEUE_MAX_ATTEMPTS", 1, 100,
                                               "Attempts of a job whose type names none."),
        millis<&S::queue, &Queue::default_timeout>("ORCHESTRATOR_QUEUE_DEFAULT_TIMEOUT_MS", 0, day_ms,
                                                   "Limit of an attempt; 0 is none."),
        millis<&S::queue, &Queue::background_aging>("ORCHESTRATOR_QUEUE_BACKGROUND_AGING_MS", 0, day_ms,
                                                    "Wait after which background work gets its turn."),
        whole<&S::queue, &Queue::max_interactive_burst>("ORCHESTRATOR_QUEUE_MAX_INTERACTIVE_BURST", 1, 1000,
                                                        "Interactive jobs in a row before that."),
        whole<&S::queue, &Queue::retention_per_project>("ORCHESTRATOR_QUEUE_RETENTION_PER_PROJECT", 0, most,
                                                        "Ended jobs kept for each owner."),
        flag<&S::suggest, &SuggestSettings::enabled>("ORCHESTRATOR_SUGGEST_REPLY_ENABLED",
                                                     "Whether replies are suggested."),
        millis<&S::suggest, &SuggestSettings::wait>("ORCHESTRATOR_SUGGEST_REPLY_WAIT_MS", 0, 600'000,
                                                    "How long the waiting endpoint waits."),
        millis<&S::suggest, &SuggestSettings::request_wait>("ORCHESTRATOR_SUGGEST_REQUEST_WAIT_MS", 1, 600'000,
                                                            "How long a running job waits for its completion signal."),
        flag<&S::explain, &ExplainSettings::enabled>("ORCHESTRATOR_DIFF_EXPLAIN_ENABLED",
                                                     "Whether file changes are explained."),
        whole<&S::explain, &ExplainSettings::max_diff_chars>("ORCHESTRATOR_DIFF_EXPLAIN_MAX_DIFF_CHARS", 100,
                                                             explain_chars, "Characters of a diff that are read."),
    };
}

Rows agent_rows() {
    return {
        millis<&S::agent, &Agent::turn_timeout>("ORCHESTRATOR_AGENT_TURN_TIMEOUT_MS", 1, day_ms,
                                                "Limit of a turn on a worker session."),
        millis<&S::agent, &Agent::poll_interval>("ORCHESTRATOR_AGENT_POLL_INTERVAL_MS", 10, 60'000,
                                                 "Silence after which a turn is read."),
        millis<&S::agent, &Agent::include_turns_grace>("ORCHESTRATOR_AGENT_INCLUDE_TURNS_GRACE_MS", 0, day_ms,
                                                       "How long turns may be unreadable."),
        millis<&S::agent, &Agent::untrusted_terminal_grace>("ORCHESTRATOR_AGENT_UNTRUSTED_TERMINAL_GRACE_MS", 0, day_ms,
                                                            "Silence that makes an unannounced end believable."),
        millis<&S::agent, &Agent::empty_turn_grace>("ORCHESTRATOR_AGENT_EMPTY_TURN_GRACE_MS", 0, day_ms,
                                                    "How long a turn may show no item."),
        millis<&S::agent, &Agent::worker_idle>("ORCHESTRATOR_AGENT_WORKER_IDLE_MS", 100, day_ms,
                                               "Disuse after which a worker's thread is unloaded."),
    };
}

Rows pool_rows() {
    constexpr std::int64_t year_s = 365 * 86'400;
    return {
        whole<&S::pool, &Pool::workers_min>("JOB_WORKERS_MIN", 0, 10'000, "Pool workers that stay when idle."),
        whole<&S::pool, &Pool::workers_max>("JOB_WORKERS_MAX", 1, 10'000, "Pool workers at most."),
        seconds<&S::pool, &Pool::worker_idle>("JOB_WORKER_IDLE_SECONDS", 1, year_s,
                                              "Idle time after which a worker goes."),
        seconds<&S::pool, &Pool::health_check_interval>("JOB_HEALTH_CHECK_INTERVAL", 1, 86'400,
                                                        "Between two health checks of the pool's workers."),
        whole<&S::pool, &Pool::queue_max>("JOB_QUEUE_MAX", 1, 100 * million, "Open pool jobs, pending ones included."),
        whole<&S::pool, &Pool::max_concurrent>("JOB_MAX_CONCURRENT", 1, 10'000, "Pool jobs that run at once."),
        whole<&S::pool, &Pool::retry_limit>("JOB_RETRY_LIMIT", 0, 99, "Retries after the first run."),
        seconds<&S::pool, &Pool::retry_delay>("JOB_RETRY_DELAY", 0, 86'400, "Before the first retry; then doubling."),
        seconds<&S::pool, &Pool::expire>("JOB_EXPIRE_SECONDS", 1, year_s, "Running time of an attempt."),
        hours<&S::pool, &Pool::retention>("JOB_RETENTION_HOURS", 0, 87'600, "How long ended pool jobs are kept."),
        whole<&S::pool, &Pool::retention_count>("JOB_RETENTION_COUNT", 0, 100 * million, "How many, at most."),
    };
}

Rows all_rows() {
    Rows all;
    for (auto part : {web_rows, process_rows, runtime_rows, queue_rows, agent_rows, pool_rows})
        for (auto& row : part()) all.push_back(std::move(row));
    return all;
}

}  // namespace

const std::vector<SettingRow>& settings_table() {
    static const auto table = all_rows();
    return table;
}

}  // namespace lanekeeper

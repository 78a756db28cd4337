#pragma once
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

// Everything that an operator can choose (config.md): plain values, read once at start and never changed afterwards.
// The initialisers are the defaults. All times are milliseconds here, whatever unit their name in the environment has.
// A default-constructed `Settings` is valid and is what tests start from.

enum class StoreDriver { sqlite, json, memory };
enum class RuntimeKind { automatic, codex, builtin };  // automatic: codex if it is found, else built-in

/// The port and what it lets in (api.md 1).
struct WebSettings {
    std::string host = "127.0.0.1";  // a loopback address; others are refused at start
    std::uint16_t port = 3001;       // 0: any free port, which the start-up line of the log names
    std::vector<std::string> allowed_hosts = {"localhost", "127.0.0.1", "::1"};  // names that a Host header may carry
    std::vector<std::string> allowed_origins;  // "scheme://host[:port]" that get CORS replies beside our own
    std::string tokens_file;                   // empty: every loopback caller is admin
    std::size_t max_connections = 10'000;
    std::size_t max_connections_per_address = 256;  // does not count for loopback addresses
    std::size_t max_body_bytes = 1 << 20;
    std::size_t max_bulk_body_bytes = 32 << 20;  // bulk, workflow and notification routes
};

struct LogSettings {
    LogLevel level = LogLevel::info;
    std::optional<LogFormat> format;  // nothing: text on a terminal, else JSON
};

/// Where everything durable lives, and how long events are kept for clients that return.
struct StoreSettings {
    std::string data_dir = ".data";  // created 0700, locked by one daemon at a time
    StoreDriver driver = StoreDriver::sqlite;
    std::chrono::hours event_retention{72};
    std::size_t event_retention_count = 1'000'000;
};

/// The agent runtime, and what only it may see of the environment.
struct RuntimeSettings {
    RuntimeKind kind = RuntimeKind::automatic;
    std::string codex_bin = "codex";
    std::string codex_home;      // empty: unset
    std::string openai_api_key;  // secret; empty: unset
    std::string agents_dir;      // `<agent>.json` files over those compiled in; empty: none
    std::string executors_file;  // declared executors (jobs-family.md); empty: none
};

/// Lanes (queue.md).
struct QueueSettings {
    bool enabled = true;  // false: 503 queue_disabled on the routes that need it
    int global_concurrency = 2;
    int max_per_project = 100;  // queued + running
    int max_global = 500;
    int max_attempts = 2;
    Millis default_timeout{60'000};  // of an attempt; zero: none
    Millis background_aging{15'000};
    int max_interactive_burst = 3;
    int retention_per_project = 200;  // terminal jobs kept for each owner
};

/// Suggested replies.
struct SuggestSettings {
    bool enabled = true;          // false: 503 feature_disabled
    Millis wait{12'000};          // how long the waiting endpoint waits, from the click
    Millis request_wait{12'000};  // how long a running job waits for its completion signal, from the start of its turn
};

/// Explanations of file changes.
struct ExplainSettings {
    bool enabled = true;                  // false: nothing is enqueued
    std::size_t max_diff_chars = 50'000;  // characters, not bytes
};

/// Turns on worker sessions and how they settle (runtime.md 4).
struct AgentSettings {
    Millis turn_timeout{180'000};
    Millis poll_interval{350};
    Millis include_turns_grace{3'000};
    Millis untrusted_terminal_grace{3'000};
    Millis empty_turn_grace{8'000};
    Millis worker_idle{600'000};  // a worker's thread that nobody has used for so long is unloaded
};

/// The worker pool (jobs-family.md).
struct PoolSettings {
    int workers_min = 2;
    int workers_max = 10;
    Millis worker_idle{60'000};
    Millis health_check_interval{30'000};
    int queue_max = 100'000;  // pending counts
    int max_concurrent = 50;
    int retry_limit = 3;  // retries after the first run
    Millis retry_delay{60'000};
    Millis expire{3'600'000};  // running time of an attempt
    std::chrono::hours retention{24};
    std::size_t retention_count = 100'000;
};

/// What a session starts with (api.md 4, session-controls).
struct SessionDefaults {
    std::string approval_policy = "on-request";  // untrusted, on-failure, on-request, never
    std::string sandbox_mode = "read-only";      // read-only, workspace-write, danger-full-access
    std::string network_access = "restricted";   // restricted, enabled
    bool locked = false;                         // true: 423 on a change of the defaults
};

/// A stop takes at most the sum of both (queue.md 7).
struct ShutdownSettings {
    Millis drain{5'000};   // for running jobs to end by themselves
    Millis settle{2'000};  // for those that were then cancelled
};

struct MetricsSettings {
    bool per_project = true;  // depth of the deepest lanes by name
};

struct Settings {
    WebSettings web;
    LogSettings log;
    StoreSettings store;
    RuntimeSettings runtime;
    QueueSettings queue;
    SuggestSettings suggest;
    ExplainSettings explain;
    AgentSettings agent;
    PoolSettings pool;
    SessionDefaults session;
    ShutdownSettings shutdown;
    MetricsSettings metrics;
    int threads = 1;  // network and lanes
};

using Environment = std::map<std::string, std::string>;

/// The environment of this process. Call it once, before other threads exist.
Environment process_environment();

/// Settings from a configuration file's text (KEY=value lines) and the environment, which wins. Refuses with code
/// "invalid_setting" unknown names (any in the file; in the environment those that begin with ORCHESTRATOR_, JOB_ or
/// LANEKEEPER_), bad values and bad relations. The message names the setting, the value (secrets masked) and the rule.
Result<Settings> read_settings(const Environment& environment, const std::optional<std::string>& file = {});

/// All settings as a file that `read_settings` takes, one NAME=value a line in the order of the table; secrets masked.
std::string print_settings(const Settings& settings);

/// One setting as documents show it. `default_text` is what the value prints as by default, empty for unset; `rule`
/// completes "must be …".
struct SettingDoc {
    std::string name;
    std::string default_text;
    std::string rule;
    std::string meaning;
    bool secret = false;
};

/// Every setting, in the order of the table: what config/lanekeeper.env and the README list.
std::vector<SettingDoc> document_settings();

}  // namespace lanekeeper

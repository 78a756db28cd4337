#include "base/settings.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

std::string refusal(const Environment& environment, const std::optional<std::string>& file = {}) {
    auto settings = read_settings(environment, file);
    if (settings) return {};
    CHECK(settings.error().code == "invalid_setting");
    CHECK_FALSE(settings.error().issues.empty());
    return settings.error().message;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an empty environment gives the defaults") {
    auto settings = read_settings({}).value();
    CHECK(print_settings(settings) == print_settings(Settings{}));
    CHECK(settings.web.host == "127.0.0.1");
    CHECK(settings.web.port == 3001);
    CHECK(settings.queue.max_global == 500);
    CHECK(settings.pool.expire == std::chrono::hours(1));
}

TEST_CASE("every default is a value that its own rule accepts") {
    for (const auto& doc : document_settings()) {
        INFO(doc.name);
        CHECK(refusal({{doc.name, doc.default_text}}).empty());
    }
}

TEST_CASE("every setting is documented once, with a rule and a meaning") {
    std::map<std::string, int> seen;
    for (const auto& doc : document_settings()) {
        INFO(doc.name);
        CHECK(++seen[doc.name] == 1);
        CHECK_FALSE(doc.rule.empty());
        CHECK_FALSE(doc.meaning.empty());
        CHECK(doc.secret == (doc.name == "OPENAI_API_KEY"));
    }
    CHECK(seen.size() == 60);
}

TEST_CASE("numbers, times, flags, words and lists are read into their places") {
    auto s = read_settings({{"PORT", "0"},
                            {"LOG_LEVEL", "debug"},
                            {"LOG_FORMAT", "json"},
                            {"LANEKEEPER_STORE", "memory"},
                            {"LANEKEEPER_RUNTIME", "builtin"},
                            {"LANEKEEPER_THREADS", "4"},
                            {"LANEKEEPER_ALLOWED_ORIGINS", " http://localhost:5173, https://console.example "},
                            {"ORCHESTRATOR_QUEUE_DEFAULT_TIMEOUT_MS", "0"},
                            {"JOB_RETRY_DELAY", "90"},
                            {"JOB_RETENTION_HOURS", "48"},
                            {"SESSION_DEFAULTS_LOCKED", "1"}})
                 .value();
    CHECK(s.web.port == 0);
    CHECK(s.log.level == LogLevel::debug);
    CHECK(s.log.format == LogFormat::json);
    CHECK(s.store.driver == StoreDriver::memory);
    CHECK(s.runtime.kind == RuntimeKind::builtin);
    CHECK(s.threads == 4);
    CHECK(s.web.allowed_origins == std::vector<std::string>{"http://localhost:5173", "https://console.example"});
    CHECK(s.queue.default_timeout == Millis(0));
    CHECK(s.pool.retry_delay == std::chrono::seconds(90));
    CHECK(s.pool.retention == std::chrono::hours(48));
    CHECK(s.session.locked);
}

TEST_CASE("a bad value is refused with its name, the value and the rule") {
    const std::vector<std::pair<std::string, std::string>> table{
        {"PORT", "65536"},
        {"PORT", "-1"},
        {"PORT", "80 "},
        {"PORT", ""},
        {"HOST", "example.org"},
        {"LOG_LEVEL", "INFO"},
        {"LOG_FORMAT", "xml"},
        {"DATA_DIR", ""},
        {"DATA_DIR", "a\nb"},
        {"LANEKEEPER_STORE", "postgres"},
        {"LANEKEEPER_THREADS", "0"},
        {"LANEKEEPER_THREADS", "1.5"},
        {"LANEKEEPER_ALLOWED_HOSTS", "ui.example:80"},
        {"LANEKEEPER_ALLOWED_ORIGINS", "*"},
        {"LANEKEEPER_ALLOWED_ORIGINS", "http://a.example/path"},
        {"ORCHESTRATOR_QUEUE_ENABLED", "maybe"},
        {"ORCHESTRATOR_QUEUE_MAX_ATTEMPTS", "0"},
        {"ORCHESTRATOR_QUEUE_GLOBAL_CONCURRENCY", "9999999999999999999999"},
        {"JOB_EXPIRE_SECONDS", "0x10"},
        {"DEFAULT_SANDBOX_MODE", "none"}};
    for (const auto& [name, value] : table) {
        auto message = refusal({{name, value}});
        INFO(message);
        CHECK(says(message, name + "=\"" + value + "\" must be "));
    }
}

TEST_CASE("every bad value is reported at once, in one refusal") {
    auto settings = read_settings({{"PORT", "x"}, {"LANEKEEPER_THREADS", "y"}});
    REQUIRE(settings.has_error());
    CHECK(settings.error().issues.size() == 2);
}

TEST_CASE("a secret is masked in refusals and when printed") {
    auto message = refusal({{"OPENAI_API_KEY", "sk-secret\n"}});
    CHECK(says(message, "OPENAI_API_KEY"));
    CHECK_FALSE(says(message, "sk-secret"));
    auto printed = print_settings(read_settings({{"OPENAI_API_KEY", "sk-secret"}}).value());
    CHECK(says(printed, "OPENAI_API_KEY=********\n"));
    CHECK_FALSE(says(printed, "sk-secret"));
    CHECK(says(print_settings(Settings{}), "OPENAI_API_KEY=\n"));
}

TEST_CASE("unknown names are refused in the environment when they claim to be ours") {
    CHECK(says(refusal({{"LANEKEEPER_TREADS", "1"}}), "LANEKEEPER_TREADS"));
    CHECK(says(refusal({{"ORCHESTRATOR_QUEUE_SIZE", "1"}}), "ORCHESTRATOR_QUEUE_SIZE"));
    CHECK(says(refusal({{"JOB_MAX", "1"}}), "JOB_MAX"));
    CHECK(refusal({{"PATH", "/bin"}, {"QUEUE", "x"}, {"LANEKEEPER_CXX", "g++"}}).empty());
}

TEST_CASE("unknown names are refused in the file whatever they begin with, and named by line") {
    CHECK(says(refusal({}, "PORT=1\n\nPATH=/bin\n"), "PATH (line 3 of the file)"));
}

TEST_CASE("the environment wins over the file") {
    auto settings = read_settings({{"PORT", "5"}}, "PORT=bad\nLANEKEEPER_THREADS=2\n").value();
    CHECK(settings.web.port == 5);
    CHECK(settings.threads == 2);
}

TEST_CASE("a file may have comments, quotes and blank lines") {
    auto settings = read_settings({},
                                  "# where we live\r\n"
                                  "\n"
                                  "  DATA_DIR = \"/srv/a \\\"b\\\" # c\"  # comment\r\n"
                                  "CODEX_HOME='/x y'\n"
                                  "CODEX_BIN=codex#1  # comment\n"
                                  "PORT=4000 # comment")
                        .value();
    CHECK(settings.store.data_dir == "/srv/a \"b\" # c");
    CHECK(settings.runtime.codex_home == "/x y");
    CHECK(settings.runtime.codex_bin == "codex#1");
    CHECK(settings.web.port == 4000);
}

TEST_CASE("a line that is no assignment is refused by its number and without its text") {
    for (std::string line : {"PORT", "=1", "A B=1", "DATA_DIR=\"open", "DATA_DIR='a' b"}) {
        INFO(line);
        auto message = refusal({}, "# first\n" + line + "\n");
        CHECK(says(message, "line 2 "));
        CHECK_FALSE(says(message, line));
    }
    CHECK(says(refusal({}, "PORT=1\nPORT=2\n"), "PORT (line 2 of the file) is set twice"));
}

TEST_CASE("printed settings are a file that reads back as the same settings") {
    Environment environment{
        {"DATA_DIR", "/a \"b\" #c\\"}, {"PORT", "7"}, {"LANEKEEPER_ALLOWED_HOSTS", "a,b"}, {"LOG_FORMAT", "text"}};
    auto first = print_settings(read_settings(environment).value());
    CHECK(print_settings(read_settings({}, first).value()) == first);
}

TEST_CASE("the suggest switch is known by both of its names") {
    CHECK_FALSE(read_settings({{"ORCHESTRATOR_SUGGEST_REQUEST_ENABLED", "false"}}).value().suggest.enabled);
    CHECK_FALSE(read_settings({}, "ORCHESTRATOR_SUGGEST_REQUEST_ENABLED=false").value().suggest.enabled);
    CHECK(says(
        refusal({{"ORCHESTRATOR_SUGGEST_REQUEST_ENABLED", "false"}, {"ORCHESTRATOR_SUGGEST_REPLY_ENABLED", "true"}}),
        "contradicts"));
}

TEST_CASE("relations between settings are held") {
    CHECK(
        says(refusal({{"JOB_WORKERS_MIN", "11"}}), "JOB_WORKERS_MIN=11 must be at most JOB_WORKERS_MAX, which is 10"));
    CHECK(says(refusal({{"ORCHESTRATOR_QUEUE_MAX_GLOBAL", "99"}}),
               "ORCHESTRATOR_QUEUE_MAX_PER_PROJECT=100 must be at most"));
    CHECK(says(refusal({{"LANEKEEPER_MAX_BULK_BODY_BYTES", "2048"}}), "LANEKEEPER_MAX_BODY_BYTES"));
    CHECK(says(refusal({{"LANEKEEPER_MAX_CONNECTIONS", "10"}}), "LANEKEEPER_MAX_CONNECTIONS_PER_ADDRESS"));
}

TEST_CASE("only loopback addresses may be bound while there are no tokens") {
    for (std::string host : {"127.0.0.1", "127.8.8.8", "::1", "localhost"}) CHECK(refusal({{"HOST", host}}).empty());
    for (std::string host : {"0.0.0.0", "::", "192.168.1.5", "2001:db8::1"}) {
        auto message = refusal({{"HOST", host}, {"LANEKEEPER_TOKENS_FILE", "tokens"}});
        INFO(message);
        CHECK(says(message, "HOST=" + host));
        CHECK(says(message, "not implemented yet"));
    }
    CHECK(says(refusal({{"LANEKEEPER_TOKENS_FILE", "tokens"}}), "not implemented yet"));
}

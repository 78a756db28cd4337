#include "queue/executors.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <stdexcept>

using namespace lanekeeper;
using lanekeeper::testing::TempDir;

namespace {

const std::vector<std::string> job_types{"noop", "suggest_reply"};

ExecutorsConfig parse(const std::string& text) { return parse_executors(text, job_types); }

/// What is said of such a file; empty: nothing.
std::string complaint(const std::string& text) {
    try {
        parse(text);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "";
}

bool says(const std::string& text, std::initializer_list<const char*> parts) {
    for (const auto* part : parts)
        if (text.find(part) == text.npos) return false;
    return !text.empty();
}

std::string executor_named(const std::string& name) { return "{\"" + name + R"(": {"kind": "exec", "argv": ["true"]}})"; }
std::string posting(const std::string& url) { return R"({"p": {"kind": "http", "url": ")" + url + "\"}}"; }

}  // namespace

TEST_CASE("a file of executors declares commands, URLs and external types") {
    auto config = parse(R"({
        "build-it": {"kind": "exec", "argv": ["/usr/bin/make", "", "-j2"], "timeoutMs": 5000, "maxOutputBytes": 10},
        "Post_1": {"kind": "http", "url": "http://Peer.example:8080/jobs?a=b", "timeoutMs": 7, "maxResponseBytes": 20},
        "farm": {"kind": "worker", "types": ["render", "a b"]}})");
    REQUIRE(config.exec.size() == 1);
    const auto& exec = config.exec.at("build-it");
    CHECK(exec.argv == std::vector<std::string>{"/usr/bin/make", "", "-j2"});
    CHECK(exec.timeout == Millis{5000});
    CHECK(exec.max_output == 10);
    REQUIRE(config.http.size() == 1);
    const auto& http = config.http.at("Post_1");
    CHECK(http.url.text() == "http://peer.example:8080/jobs?a=b");
    CHECK(http.timeout == Millis{7});
    CHECK(http.max_response == 20);
    CHECK(config.workers.at("farm") == std::vector<std::string>{"render", "a b"});
    CHECK(*config.worker_of("a b") == "farm");
    CHECK(*config.worker_of("render") == "farm");
    CHECK_FALSE(config.worker_of("farm"));
    CHECK_FALSE(config.worker_of("build-it"));
}

TEST_CASE("what a declaration leaves out is as for any job, and one MiB") {
    auto config = parse(R"({"a": {"kind": "exec", "argv": ["true"]}, "b": {"kind": "http", "url": "http://h/"}})");
    CHECK_FALSE(config.exec.at("a").timeout);
    CHECK(config.exec.at("a").max_output == 1048576);
    CHECK_FALSE(config.http.at("b").timeout);
    CHECK(config.http.at("b").max_response == 1048576);
}

TEST_CASE("a file that declares nothing is good, and so is none at all") {
    CHECK(parse("{}").exec.empty());
    auto none = load_executors("", job_types);
    CHECK((none.exec.empty() && none.http.empty() && none.workers.empty()));
}

TEST_CASE("a mistake in a file of executors is told with the executor, the member and the rule") {
    CHECK(says(complaint("{"), {"JSON"}));
    CHECK(says(complaint("[]"), {"must be a JSON object"}));
    CHECK(says(complaint(R"({"a": 1})"), {"\"a\"", "its declaration", "object"}));
    CHECK(says(complaint(R"({"a": {}})"), {"\"a\"", "kind"}));
    CHECK(says(complaint(R"({"a": {"kind": "shell"}})"), {"\"a\"", "kind", "exec"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec"}})"), {"\"a\"", "argv"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": "ls"}})"), {"\"a\"", "argv"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": []}})"), {"\"a\"", "argv"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": ["x", 1]}})"), {"\"a\"", "argv[1]"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": [""]}})"), {"\"a\"", "argv[0]", "absolute path"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": ["./x"]}})"), {"\"a\"", "argv[0]", "absolute path"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": ["x", "a\u0000b"]}})"), {"\"a\"", "argv[1]", "U+0000"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": ["x"], "timeoutMs": 0}})"), {"\"a\"", "timeoutMs"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": ["x"], "maxOutputBytes": 1e12}})"), {"\"a\"", "maxOutputBytes"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": ["x"], "url": "http://h/"}})"), {"\"a\"", "url"}));
    CHECK(says(complaint(R"({"a": {"kind": "http", "argv": ["x"], "url": "http://h/"}})"), {"\"a\"", "argv"}));
    CHECK(says(complaint(R"({"a": {"kind": "http"}})"), {"\"a\"", "url"}));
    CHECK(says(complaint(R"({"a": {"kind": "worker", "types": []}})"), {"\"a\"", "types"}));
    CHECK(says(complaint(R"({"a": {"kind": "worker", "types": ["x"], "leaseMs": 1}})"), {"\"a\"", "leaseMs"}));
}

TEST_CASE("an executor's name is short, plain and free") {
    CHECK(complaint(executor_named("A-z_9")).empty());
    CHECK(complaint(executor_named(std::string(64, 'a'))).empty());
    for (const auto& name : {std::string(65, 'a'), std::string(), std::string("a b"), std::string("a.b"), std::string("\u00e9")})
        CHECK(says(complaint(executor_named(name)), {"its name must be 1 to 64"}));
    CHECK(says(complaint(executor_named("prompt")), {"\"prompt\"", "its name must not"}));
    CHECK(says(complaint(executor_named("worker")), {"\"worker\"", "its name must not"}));
    CHECK(says(complaint(executor_named("noop")), {"\"noop\"", "registered job type"}));
    CHECK(says(complaint(R"({"a": {"kind": "exec", "argv": ["x"]}, "a": {"kind": "exec", "argv": ["y"]}})"), {"JSON"}));
}

TEST_CASE("a type is external once, and none that runs here") {
    CHECK(says(complaint(R"({"w": {"kind": "worker", "types": ["a", "noop"]}})"), {"\"w\"", "types[1]", "noop", "registered"}));
    CHECK(says(complaint(R"({"w": {"kind": "worker", "types": ["a", "a"]}})"), {"\"w\"", "types[1]"}));
    CHECK(says(complaint(R"({"v": {"kind": "worker", "types": ["a"]}, "w": {"kind": "worker", "types": ["a"]}})"),
               {"\"w\"", "types[0]", "\"v\" has it"}));
}

TEST_CASE("jobs are posted to http URLs that say all that is needed and no secrets") {
    CHECK(complaint(posting("http://[::1]:99/x")).empty());
    CHECK(says(complaint(posting("https://h/")), {"\"p\"", "url", "https:// is not supported"}));
    for (const auto* url : {"ftp://h/", "h", "/x", "http:///x", "http://u:p@h/", "http://h/#x", "http://h:0/", "http://h:99999/",
                            "http://h/a b", "http://a%20b/"})
        CHECK(says(complaint(posting(url)), {"\"p\"", "url must"}));
}

TEST_CASE("a mistake names the file that it is in, also when there is none") {
    TempDir dir;
    dir.write("e.json", executor_named("noop"));
    auto told = [](const std::string& path) -> std::string {
        try {
            load_executors(path, job_types);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
        return "";
    };
    CHECK(says(told(dir.file("e.json")), {"LANEKEEPER_EXECUTORS_FILE", "e.json", "\"noop\""}));
    CHECK(says(told(dir.file("none.json")), {"LANEKEEPER_EXECUTORS_FILE", "none.json", "cannot be read"}));
    dir.write("e.json", "{}" + std::string(1 << 20, ' '));
    CHECK(says(told(dir.file("e.json")), {"e.json", "at most"}));
}

TEST_CASE("the example of the configuration is good") {
    auto config = load_executors(LANEKEEPER_SOURCE_DIR "/config/executors.example.json", job_types);
    CHECK((config.exec.size() == 1 && config.http.size() == 1 && config.workers.size() == 1));
}

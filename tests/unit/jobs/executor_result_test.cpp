#include "jobs/executors/bounds.hpp"
#include "jobs/executors/exec_end.hpp"
#include "jobs/executors/work_order.hpp"
#include "jobs/executors/work_result.hpp"
#include "queue/attempt_end.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

json::object result(std::string_view said) { return work_result(said).result; }
json::value usage(std::string_view said) { return work_result(said).token_usage; }

ChildEnd ended(int status, std::string output = "", std::string errors = "") {
    ChildEnd end;
    end.status = status;
    end.output = std::move(output);
    end.errors = std::move(errors);
    return end;
}
constexpr int exit_code(int code) { return code << 8; }  // as waitpid has it

/// "retryable exec_failed: …"; empty: it completed.
std::string failure(const ChildEnd& end) {
    try {
        exec_end(end, 10);
    } catch (const JobFailure& failed) {
        return (failed.error_class() == ErrorClass::fatal ? "fatal " : "retryable ") + std::string(failed.what());
    }
    return "";
}

}  // namespace

TEST_CASE("a work order says which attempt of what it is") {
    Job job;
    job.client_id = "mine";
    job.type = "count";
    job.run = 3;
    job.attempts = 2;
    job.metadata = json::object{{"a", 1}};
    auto order = work_order(job, {{"prompt", "go"}, {"n", 1}}, json::object{{"x", json::object{{"output", 1}}}});
    CHECK(order == json::parse(R"({"jobId": "mine", "type": "count", "run": 3, "attempt": 2, "prompt": "go",
        "payload": {"prompt": "go", "n": 1}, "metadata": {"a": 1}, "dependencyResults": {"x": {"output": 1}}})"));
    auto bare = work_order(job, {{"prompt", 7}}, nullptr);
    CHECK_FALSE(bare.contains("prompt"));
    CHECK_FALSE(bare.contains("dependencyResults"));
}

TEST_CASE("a JSON object is the result; other JSON and text are its output") {
    CHECK(result(" {\"a\": [1]}\n") == json::object{{"a", json::array{1}}});
    CHECK(result("42\n") == json::object{{"output", 42}});
    CHECK(result("[1, null]") == json::object{{"output", json::array{1, nullptr}}});
    CHECK(result("null") == json::object{{"output", nullptr}});
    CHECK(result("three words here\n") == json::object{{"output", "three words here"}});
    CHECK(result("two\r\n") == json::object{{"output", "two"}});
    CHECK(result("a\n\n") == json::object{{"output", "a\n"}});
    CHECK(result("") == json::object{{"output", ""}});
    CHECK(result("\n") == json::object{{"output", ""}});
    CHECK(result("{\"a\": 1} {\"b\": 2}") == json::object{{"output", "{\"a\": 1} {\"b\": 2}"}});
}

TEST_CASE("what is no UTF-8 is text with replacements") {
    CHECK(result("a\xFFz") == json::object{{"output", "a\uFFFDz"}});
    CHECK(result("{\"a\": \"\xFF\"}") == json::object{{"output", "{\"a\": \"\uFFFD\"}"}});
}

TEST_CASE("token usage is taken where it is two counts, and never made up") {
    CHECK(usage(R"({"tokenUsage": {"input": 5, "output": 0, "cached": 1}})") == json::object{{"input", 5}, {"output", 0}});
    CHECK(result(R"({"tokenUsage": {"input": 5, "output": 0}})").contains("tokenUsage"));
    for (const auto* said : {"{}", "7", R"({"tokenUsage": 5})", R"({"tokenUsage": {"input": 5}})",
                             R"({"tokenUsage": {"input": 5, "output": -1}})", R"({"tokenUsage": {"input": 1.5, "output": 1}})",
                             R"({"tokenUsage": {"input": "5", "output": 1}})"})
        CHECK(usage(said).is_null());
}

TEST_CASE("an exit code of zero completes, others fail the attempt with the end of what was complained") {
    CHECK(exec_end(ended(0, "7", "noise"), 10).result == json::object{{"output", 7}});
    CHECK(failure(ended(exit_code(3), "{}", "first\nlast\n")) == "retryable exec_failed: exit 3: first\nlast");
    CHECK(failure(ended(exit_code(1))) == "retryable exec_failed: exit 1");
    CHECK(failure(ended(exit_code(100), "", "never")) == "fatal exec_failed: exit 100: never");
    CHECK(failure(ended(11)) == "retryable exec_failed: signal 11");
    auto large = ended(9, "0123456789");
    large.too_large = true;
    CHECK(failure(large) == "fatal output_too_large: more than 10 bytes on stdout");
    CHECK(reason_word(failure(ended(exit_code(3))).substr(10)) == "exec_failed");
}

TEST_CASE("an error has room for what is said of it, whatever that is") {
    for (std::string unit : {"a", "\u00e9", "\xFF", "\U0001F600"}) {
        std::string said;
        while (said.size() < 10'000) said += unit;
        auto last = last_said(said + "end"), first = first_said("begin" + said);
        CHECK(last.ends_with("end"));
        CHECK(first.starts_with("begin"));
        CHECK(last.size() <= limits::executor_said);
        CHECK(first.size() <= limits::executor_said);
        CHECK(last.size() > limits::executor_said - 10);
        auto error = failure(ended(exit_code(1), "", said)).substr(10);
        CHECK(cut_error(error) == error);
        CHECK_NOTHROW(json::parse(json::serialize(json::string(error))));
    }
    CHECK(last_said(" \n ").empty());
    CHECK(first_said("").empty());
}

TEST_CASE("a program that is not there will not be there next time; a machine without room may have some") {
    auto why = [](std::errc code) { return exec_not_started("/x", std::make_error_code(code)); };
    CHECK(why(std::errc::no_such_file_or_directory).error_class() == ErrorClass::fatal);
    CHECK(why(std::errc::permission_denied).error_class() == ErrorClass::fatal);
    CHECK(std::string(why(std::errc::permission_denied).what()).starts_with("exec_not_started: /x: "));
    CHECK(why(std::errc::too_many_files_open).error_class() == ErrorClass::retryable);
    CHECK(why(std::errc::resource_unavailable_try_again).error_class() == ErrorClass::retryable);
}

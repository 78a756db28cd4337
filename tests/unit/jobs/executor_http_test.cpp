#include "jobs/executors/declared.hpp"
#include "jobs/executors/http_end.hpp"
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

const auto url = read_http_url("http://peer:81/a/jobs").value();
const WallTime now = std::chrono::sys_days(std::chrono::year(2023) / 11 / 14);

HttpAnswer answer(int status, std::string body = "", std::string reason = "") {
    HttpAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    answer.reason = std::move(reason);
    return answer;
}
HttpAnswer sent_to(int status, std::string location) {
    auto redirect = answer(status);
    redirect.location = std::move(location);
    return redirect;
}
HttpAnswer busy(int status, std::string retry_after) {
    auto busy = answer(status);
    busy.retry_after = std::move(retry_after);
    return busy;
}

RunOutcome outcome(const HttpAnswer& of) { return std::get<RunOutcome>(http_end(url, of, 0, now)); }
json::object result(const HttpAnswer& of) { return std::get<CompletedRun>(outcome(of)).result; }
Redirect redirect(const HttpAnswer& of, int before = 0) { return std::get<Redirect>(http_end(url, of, before, now)); }

std::string failure(const HttpAnswer& of, int redirects = 0) {
    try {
        http_end(url, of, redirects, now);
    } catch (const JobFailure& failed) {
        return (failed.error_class() == ErrorClass::fatal ? "fatal " : "retryable ") + std::string(failed.what());
    }
    return "";
}

/// Answers as it is told, and keeps what it was asked.
struct FakeHttp final : HttpCaller {
    std::vector<HttpCall> calls;
    std::vector<HttpAnswer> answers;  // one after the other; without any more: it fails
    Task<HttpAnswer> call(HttpCall call) override {
        calls.push_back(std::move(call));
        if (calls.size() > answers.size()) throw HttpFailed("cannot connect: refused");
        co_return answers[calls.size() - 1];
    }
};

/// A queue with an executor "post" on a fake peer.
struct HttpRig : QueueRig {
    FakeHttp http;
    Settings all;
    HttpRig() {
        ExecutorsConfig declared;
        declared.http["post"].url = url;
        declared.http["post"].max_response = 99;
        start();
        add_declared_executors(registry, declared, ExecutorDeps(all, *queue, http, {}));
    }
    Submission to_post(json::object payload = {}) {
        auto job = submission(std::move(payload));
        job.type = "count";
        job.executor = "post";
        return job;
    }
    std::string header(std::size_t call, const std::string& name) {
        for (const auto& [key, value] : http.calls.at(call).headers)
            if (key == name) return value;
        return "";
    }
};

}  // namespace

TEST_CASE("a good answer completes the job with what it says") {
    CHECK(result(answer(200, R"({"a": 1})")) == json::object{{"a", 1}});
    CHECK(result(answer(201, "[1]")) == json::object{{"output", json::array{1}}});
    CHECK(result(answer(204)) == json::object{{"output", ""}});
    auto large = answer(200, "{");
    large.too_large = true;
    CHECK(failure(large).starts_with("fatal response_too_large"));
}

TEST_CASE("a bad answer fails the attempt: retryable where another time may be better") {
    CHECK(failure(answer(404, "no such\n", "Not Found")) == "fatal http_status: 404 Not Found: no such");
    CHECK(failure(answer(400)) == "fatal http_status: 400");
    for (int status : {408, 429, 500, 502, 503, 504, 599}) CHECK(failure(answer(status)).starts_with("retryable http_status: "));
    for (int status : {300, 304, 401, 403, 409, 410, 422, 499}) CHECK(failure(answer(status)).starts_with("fatal http_status: "));
}

TEST_CASE("a peer that is busy says when to come back, and no attempt is spent") {
    auto until = [](const HttpAnswer& of) { return std::get<SnoozedRun>(outcome(of)).until; };
    CHECK(until(busy(429, "30")) == now + 30s);
    CHECK(until(busy(503, "Tue, 14 Nov 2023 22:13:20 GMT")) == now + 22h + 13min + 20s);
    CHECK(until(busy(503, "0")) == now + 1s);
    CHECK(until(busy(503, "Mon, 13 Nov 2023 22:13:20 GMT")) == now + 1s);
    CHECK(until(busy(429, "99999999999999")) > now + 24h * 365);
    for (const auto* text : {"", "soon", "-1", "1.5", "Tue, 14 Foo 2023 22:13:20 GMT", "Tue, 31 Feb 2023 22:13:20 GMT",
                             "Tue, 14 Nov 2023 25:13:20 GMT", "99999999999999999999"})
        CHECK(failure(busy(503, text)).starts_with("retryable http_status: 503"));
    CHECK(failure(busy(500, "30")).starts_with("retryable"));
    CHECK(failure(busy(404, "30")).starts_with("fatal"));
}

TEST_CASE("redirects stay with the host and port that were declared, and are few") {
    CHECK(redirect(sent_to(307, "/b")).url.text() == "http://peer:81/b");
    CHECK(redirect(sent_to(308, "http://PEER:81/b?c")).url.text() == "http://peer:81/b?c");
    CHECK_FALSE(redirect(sent_to(302, "b")).only_get);
    CHECK(redirect(sent_to(303, "b")).only_get);
    CHECK_NOTHROW(redirect(sent_to(307, "/b"), 2));
    CHECK(failure(sent_to(307, "/b"), 3).starts_with("fatal http_redirect_refused: /b: more than 3"));
    for (const auto* elsewhere : {"http://other:81/", "http://peer/", "//other/", "https://peer:81/", "file:///etc/passwd", ":", "/a b"})
        CHECK(failure(sent_to(307, elsewhere)).starts_with("fatal http_redirect_refused: "));
    CHECK(failure(answer(302)).starts_with("fatal http_redirect_refused: "));
}

TEST_CASE("a job is posted with what tells its attempt apart") {
    HttpRig rig;
    rig.http.answers = {answer(200, R"({"ok": true, "tokenUsage": {"input": 3, "output": 4}})")};
    auto wanted = rig.to_post({{"n", 1}});
    wanted.metadata = json::object{{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}};
    auto job = rig.finished(rig.submit(wanted));
    CHECK(job.state == JobState::completed);
    CHECK(job.result->at("ok").as_bool());
    CHECK(job.token_usage == json::object{{"input", 3}, {"output", 4}});
    REQUIRE(rig.http.calls.size() == 1);
    const auto& call = rig.http.calls.front();
    CHECK(call.method == "POST");
    CHECK(call.url == url);
    CHECK(call.max_response == 99);
    CHECK(json::parse(call.body).at("payload") == json::object{{"n", 1}});
    CHECK(rig.header(0, "Content-Type") == "application/json");
    CHECK(rig.header(0, "Idempotency-Key") == job.id() + ":1");
    CHECK(rig.header(0, "X-Lanekeeper-Job-Id") == job.id());
    CHECK(rig.header(0, "traceparent") == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
}

TEST_CASE("metadata that only looks like a trace is no header") {
    HttpRig rig;
    rig.http.answers = {answer(200)};
    auto wanted = rig.to_post();
    wanted.metadata = json::object{{"traceparent", "00-1\r\nX-Evil: 1"}};
    rig.finished(rig.submit(wanted));
    CHECK(rig.header(0, "traceparent").empty());
}

TEST_CASE("a redirect is followed with the same post, or where its result stands with a get") {
    HttpRig rig;
    rig.http.answers = {sent_to(307, "/b"), sent_to(303, "/c"), answer(200, "7")};
    auto job = rig.finished(rig.submit(rig.to_post()));
    CHECK(*job.result == json::object{{"output", 7}});
    REQUIRE(rig.http.calls.size() == 3);
    CHECK(rig.http.calls[1].url.text() == "http://peer:81/b");
    CHECK(rig.http.calls[1].body == rig.http.calls[0].body);
    CHECK(rig.http.calls[2].method == "GET");
    CHECK(rig.http.calls[2].body.empty());
    CHECK(rig.header(2, "Content-Type").empty());
    CHECK(rig.header(2, "Idempotency-Key") == job.id() + ":1");
}

TEST_CASE("a peer that is not there is tried again with the pauses of the pool; one that is busy costs no attempt") {
    HttpRig rig;
    rig.http.answers = {busy(503, "5"), busy(429, "5")};
    auto job = rig.finished(rig.submit(rig.to_post()));
    CHECK(job.state == JobState::failed);
    CHECK(*job.error == "http_failed: cannot connect: refused");
    CHECK(job.attempts == 4);  // JOB_RETRY_LIMIT and the first
    CHECK(job.run == 6);
    CHECK(rig.header(5, "Idempotency-Key") == job.id() + ":6");
}

TEST_CASE("a job of a lane is posted, too, and dependents' results come with it") {
    HttpRig rig;
    rig.http.answers = {answer(200, R"({"output": "first"})"), answer(200)};
    auto first = rig.submit(rig.to_post());
    auto second = rig.to_post();
    second.owner = "p1";
    second.dependencies = {first.id()};
    auto job = rig.finished(rig.submit(second));
    CHECK(job.state == JobState::completed);
    CHECK(json::parse(rig.http.calls.at(1).body).at("dependencyResults") ==
          json::object{{first.id(), json::object{{"output", "first"}, {"status", "completed"}}}});
}

#include "web/stream_request.hpp"
#include "base/limits.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;
using Kind = StreamCommand::Kind;

TEST_CASE("Commands are read with their threads and cursor") {
    CHECK(read_stream_command(R"({"type":"ping"})").kind == Kind::ping);
    CHECK(read_stream_command(R"({"type":"ping","id":3})").kind == Kind::ping);
    CHECK(read_stream_command(R"({"type":"unsubscribe"})").kind == Kind::unsubscribe);
    auto one = read_stream_command(R"({"type":"subscribe","threadId":"t","since":7,"epoch":"e"})");
    CHECK(one.kind == Kind::subscribe);
    CHECK(one.threads == std::vector<std::string>{"t"});
    CHECK(one.cursor.since == 7);
    CHECK(one.cursor.epoch == "e");
    auto many = read_stream_command(R"({"type":"subscribe","threadIds":["a","b"],"since":null})");
    CHECK(many.threads.size() == 2);
    CHECK_FALSE(many.cursor.since);
}

TEST_CASE("Calls of workers are handed on as they came") {
    for (const char* word : {"claim", "heartbeat", "progress", "complete", "fail"}) {
        json::object call{{"type", std::string("worker.") + word}, {"id", 7}, {"more", json::array{1}}};
        auto command = read_stream_command(json::serialize(call));
        CHECK(command.kind == Kind::worker);
        CHECK(command.call == call);
    }
    for (const char* type : {"worker", "worker.", "worker.dance", "claim", "Worker.claim"})
        CHECK(read_stream_command(json::serialize(json::object{{"type", type}})).kind == Kind::invalid);
}

TEST_CASE("Whatever is not a command is invalid") {
    for (const char* text :
         {"", "ping", "[]", "null", "{}", R"({"type":"Ping"})", R"({"type":1})", R"({"type":"subscribe"})",
          R"({"type":"subscribe","threadId":""})", R"({"type":"subscribe","threadId":1})", R"({"type":"subscribe","threadIds":[]})",
          R"({"type":"subscribe","threadIds":["a",2]})", R"({"type":"subscribe","threadIds":"a"})",
          R"({"type":"subscribe","threadId":"a","threadIds":["b"]})", R"({"type":"subscribe","threadId":"a","since":-1})",
          R"({"type":"subscribe","threadId":"a","since":"1"})", R"({"type":"subscribe","threadId":"a","since":1.5})",
          R"({"type":"subscribe","threadId":"a","epoch":1})", R"({"type":"ping","type":"ping"})", R"({"type":"ping"} x)"}) {
        INFO(text);
        CHECK(read_stream_command(text).kind == Kind::invalid);
    }
    json::array threads(limits::ws_threads + 1, "t");
    CHECK(read_stream_command(json::serialize(json::object{{"type", "subscribe"}, {"threadIds", threads}})).kind == Kind::invalid);
    json::object longest{{"type", "subscribe"}, {"threadId", std::string(limits::thread_id_chars + 1, 'x')}};
    CHECK(read_stream_command(json::serialize(longest)).kind == Kind::invalid);
}

TEST_CASE("A stream's query is checked before the upgrade") {
    ApiRequest request;
    CHECK(read_stream_request(request)->topics.everything());
    request.query = {{"threadId", "t"}, {"since", "12"}, {"epoch", "e"}};
    auto stream = read_stream_request(request);
    CHECK(stream->topics.threads == std::vector<std::string>{"t"});
    CHECK(stream->cursor.since == 12);
    CHECK(stream->cursor.epoch == "e");
    for (auto [name, value] : {std::pair("threadId", ""), std::pair("since", "-1"), std::pair("since", "x"), std::pair("since", "")}) {
        ApiRequest wrong;
        wrong.query[name] = value;
        INFO(name << "=" << value);
        CHECK(read_stream_request(wrong).has_error());
    }
}

TEST_CASE("A stream may be of a job, of a workflow, or of several things at once") {
    ApiRequest request;
    request.query = {{"jobId", "job_1"}};
    auto job = read_stream_request(request);
    CHECK(job->topics.jobs == std::vector<std::string>{"job_1"});
    CHECK_FALSE(job->topics.threads);
    request.query = {{"workflowId", "w"}, {"threadId", "t"}};
    auto both = read_stream_request(request);
    CHECK(both->topics.workflows == std::vector<std::string>{"w"});
    CHECK(both->topics.threads == std::vector<std::string>{"t"});
    request.query = {{"jobId", ""}};
    CHECK(read_stream_request(request).has_error());
}

TEST_CASE("Last-Event-ID wins over the query") {
    ApiRequest request;
    request.query = {{"since", "12"}};
    request.headers["last-event-id"] = "ep:och:40";
    auto stream = read_stream_request(request);
    CHECK(stream->cursor.since == 40);
    CHECK(stream->cursor.epoch == "ep:och");
    request.headers["last-event-id"] = "40";
    CHECK(read_stream_request(request).has_error());
}

#include "runtime/codex/app_server.hpp"

#include "fake_server.hpp"
#include "support/catch.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <csignal>

using namespace lanekeeper;
using namespace lanekeeper::codex;
using namespace std::chrono_literals;

namespace {

struct Served {
    explicit Served(ServerOptions options)
        : strand(asio::make_strand(asio::any_io_executor(stage.executor()))), server(strand, stage.time, std::move(options), events()) {}
    explicit Served(std::vector<std::string> flags) : Served(fake_server(std::move(flags))) {}
    ~Served() { stage.wait_for(server.stop()); }

    ServerEvents events() {
        ServerEvents events;
        events.notice = [this](Message message) { notices.push_back(message.method); };
        events.request = [](const Message& message) { return reply_line(message.request_id, json::object{{"decision", "decline"}}); };
        events.up = [this] { ++ups; };
        events.down = [this] { ++downs; };
        return events;
    }
    void start() { stage.wait_for(server.start()); }
    void ask(std::string method, Millis within = 5s) {
        asio::post(strand, [this, method, within] {
            server.ask(method, json::object(), within, [this](CallEnd end) { ends.push_back(end.how); });
        });
    }
    CallEnd::How answer(std::string method, Millis within = 5s) {
        auto before = ends.size();
        ask(std::move(method), within);
        stage.until([&] { return ends.size() > before; });
        return ends.back();
    }

    RealStage stage;
    std::vector<std::string> notices;
    std::vector<CallEnd::How> ends;
    int ups = 0, downs = 0;
    Strand strand;
    AppServer server;
};

using How = CallEnd::How;

}  // namespace

TEST_CASE("an app server is started, greeted, asked, and gone after the stop") {
    Served served(std::vector<std::string>{"noise"});
    CHECK(served.answer("thread/start") == How::lost);
    served.start();
    CHECK(served.server.ready());
    auto state = served.server.state();
    CHECK((state.running && state.initialized && state.pid > 0));
    CHECK(state.version == "fake/1");
    CHECK(served.answer("thread/start") == How::answered);
    served.stage.wait_for(served.server.stop());
    CHECK_FALSE(served.server.ready());
    CHECK(served.server.state().last_exit == "exit 0");
    CHECK((served.ups == 1 && served.downs == 1));
}

TEST_CASE("one that neither the end of its input nor SIGTERM ends is killed") {
    Served served(std::vector<std::string>{"stubborn"});
    served.start();
    served.stage.wait_for(served.server.stop());
    CHECK(served.server.state().last_exit == "signal 9");
}

TEST_CASE("a call that is not answered ends at its deadline, and others are answered meanwhile") {
    Served served(std::vector<std::string>{"deaf=model/list"});
    served.start();
    served.ask("model/list", 150ms);
    CHECK(served.answer("thread/start") == How::answered);
    served.stage.until([&] { return served.ends.size() == 2; });
    CHECK(served.ends.back() == How::timed_out);
}

TEST_CASE("a death loses every call under way, and another one is started") {
    Served served(std::vector<std::string>{"dies=model/list", "deaf=app/list"});
    served.start();
    auto first = served.server.state().pid;
    served.ask("app/list");
    served.ask("model/list");
    served.stage.until([&] { return served.ends.size() == 2; });
    CHECK(served.ends == std::vector{How::lost, How::lost});
    CHECK(served.downs == 1);
    served.stage.until([&] { return served.server.ready(); });
    CHECK(served.server.state().pid != first);
    CHECK(served.server.state().last_exit == "signal 9");
    CHECK(served.answer("thread/start") == How::answered);
}

TEST_CASE("one that does not answer the hello is killed and started again; the first start ends all the same") {
    auto options = fake_server({"mute"});
    options.initialize_within = 300ms;
    Served served(options);
    served.start();
    CHECK_FALSE(served.server.ready());
    CHECK(served.server.state().last_exit == "signal 9");
    CHECK(served.server.retry_after_ms() > 0);
    served.stage.until([&] { return served.server.state().starts >= 3; });
    CHECK(served.ups == 0);
}

TEST_CASE("an executable that is missing is tried again and again, without harm") {
    ServerOptions options;
    options.command.path = "/nowhere/codex";
    options.first_pause = 5ms;
    Served served(options);
    served.start();
    CHECK_FALSE(served.server.ready());
    CHECK_FALSE(served.server.state().last_exit.empty());
}

TEST_CASE("one that hangs without a word is found out and replaced") {
    auto options = fake_server({"deaf=thread/loaded/list"});
    options.probe_after = 100ms;
    options.probe_within = 100ms;
    Served served(options);
    served.start();
    auto first = served.server.state().pid;
    served.stage.until([&] { return served.server.ready() && served.server.state().pid != first; });
    CHECK(served.downs >= 1);
}

TEST_CASE("one that leaves a call unanswered is asked something cheap at once, and replaced when it does not answer that") {
    auto options = fake_server({});
    options.probe_after = 10min;
    options.probe_within = 100ms;
    Served served(options);
    served.start();
    auto first = served.server.state().pid;
    REQUIRE(::kill(pid_t(first), SIGSTOP) == 0);
    CHECK(served.answer("model/list", 100ms) == How::timed_out);
    served.stage.until([&] { return served.server.ready() && served.server.state().pid != first; });
    CHECK(served.downs == 1);
}

TEST_CASE("one that answers what is cheap stays, whatever else it leaves unanswered") {
    auto options = fake_server({"deaf=model/list"});
    options.probe_after = 10min;
    options.probe_within = 100ms;
    Served served(options);
    served.start();
    for (int i = 0; i < 3; ++i) CHECK(served.answer("model/list", 100ms) == How::timed_out);
    CHECK(served.answer("app/list") == How::answered);
    CHECK(served.downs == 0);
}

TEST_CASE("an overloaded one is asked again until it answers, or until the deadline") {
    Served served(std::vector<std::string>{"overloaded=2"});
    served.start();
    CHECK(served.answer("thread/start") == How::answered);
    Served hopeless(std::vector<std::string>{"overloaded=1000"});
    hopeless.start();
    CHECK(hopeless.answer("thread/start", 300ms) == How::refused);
}

TEST_CASE("garbage between the answers is passed over; nothing but garbage is the end") {
    Served served(std::vector<std::string>{"garbage"});
    served.start();
    for (int i = 0; i < 30; ++i) CHECK(served.answer("thread/start") == How::answered);
    CHECK(served.downs == 0);
    Served flooded(std::vector<std::string>{"flood"});
    flooded.start();
    flooded.stage.until([&] { return flooded.downs > 0; });
}

// What a runtime did and nobody heard: that a turn began, that an item ended.
#include "runtime/notices.hpp"
#include "support/catch.hpp"
#include "support/house.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

json::object change(std::string status) {
    json::object edit{{"path", "a.txt"}, {"kind", {{"type", "add"}}}, {"diff", "x\n"}};
    return {{"id", "change"}, {"type", "fileChange"}, {"status", std::move(status)}, {"changes", {std::move(edit)}}};
}

TurnView seen(TurnStatus status) {
    TurnView view;
    view.turn_id = "t";
    view.status = status;
    return view;
}

/// A chat of a project, in whose thread the runtime has a turn "t" that nobody here asked for.
struct Told {
    Told() : project(house.project()), chat(house.chat(project)) {
        house.runtime.views["t"] = seen(TurnStatus::in_progress);
    }

    void tell(const RuntimeNotice& notice) {
        house.runtime.say(notice);
        house.pass(10ms);
    }
    void begin() { tell(notices::turn_started(chat, "t")); }
    void begin_change() { tell(notices::item_started(chat, "t", change("inProgress"))); }
    void complete_change() { tell(notices::item_completed(chat, "t", change("completed"))); }
    void end(TurnStatus status = TurnStatus::completed) {
        house.runtime.views["t"] = seen(status);
        tell(notices::turn_completed(chat, seen(status), {}));
    }
    std::string status() {
        auto record = house.stage.wait_for(house.store.record("turn", chat, "t"));
        return record ? std::string(record->body.at("status").as_string()) : std::string();
    }
    bool marked() { return house.records("turn.open", chat) == 1; }
    bool busy() { return house.sessions.core().turns.runs(chat, "t"); }
    transcript::Entry row(const std::string& id = "change") {
        for (auto& entry : house.rows(chat))
            if (entry.message_id == id) return entry;
        return {};
    }

    House house;
    std::string project, chat;
};

}  // namespace

TEST_CASE("a turn whose start was not heard is under way from its first item to its end") {
    Told turn;
    turn.complete_change();
    CHECK(turn.status() == "inProgress");
    CHECK(turn.marked());
    CHECK(turn.busy());
    turn.tell(notices::item_started(turn.chat, "t", notices::agent_message("m", "", "")));
    turn.tell(notices::message_delta(turn.chat, "t", "m", "half a word"));
    turn.end(TurnStatus::interrupted);
    CHECK(turn.status() == "interrupted");
    CHECK_FALSE(turn.marked());
    CHECK_FALSE(turn.busy());
    CHECK(turn.row("m").status == transcript::Status::canceled);
    CHECK(turn.row("m").content == "half a word");
}

TEST_CASE("a turn of which only a piece of a message is heard is under way") {
    Told turn;
    turn.tell(notices::message_delta(turn.chat, "t", "m", "half"));
    CHECK(turn.status() == "inProgress");
    CHECK(turn.marked());
    CHECK(turn.busy());
}

TEST_CASE("a start that is heard after the turn's first item changes nothing") {
    Told turn;
    turn.begin_change();
    turn.begin();
    CHECK(turn.status() == "inProgress");
    turn.end();
    CHECK(turn.status() == "completed");
    CHECK(turn.row().status == transcript::Status::complete);
    CHECK_FALSE(turn.marked());
}

TEST_CASE("of a turn whose start was not heard the next start asks the runtime") {
    Told turn;
    turn.begin_change();
    turn.house.stage.wait_for(turn.house.ingest.stop());
    turn.house.runtime.views["t"] = seen(TurnStatus::interrupted);
    Ingest next(turn.house.stage.executor(), turn.house.sessions, turn.house.queue);
    turn.house.stage.wait_for(next.start());
    CHECK(turn.status() == "interrupted");
    CHECK_FALSE(turn.marked());
    CHECK_FALSE(turn.busy());
    CHECK(turn.row().status == transcript::Status::canceled);
    turn.house.stage.wait_for(next.stop());
}

TEST_CASE("a turn whose start and end were not heard comes to rest by itself") {
    Told turn;
    turn.begin_change();
    turn.house.runtime.views["t"] = seen(TurnStatus::completed);
    turn.house.pass(30s);
    CHECK(turn.status() == "completed");
    CHECK_FALSE(turn.busy());
}

TEST_CASE("what comes late of a turn that has ended does not begin it again") {
    Told turn;
    turn.begin_change();
    turn.end();
    turn.complete_change();
    CHECK(turn.status() == "completed");
    CHECK_FALSE(turn.marked());
    CHECK_FALSE(turn.busy());
    CHECK(turn.house.jobs(turn.project) == 1);
    CHECK(turn.house.stage.wait_for(turn.house.sessions.rollback(turn.chat, 1)).has_value());
    turn.complete_change();
    CHECK_FALSE(turn.marked());
    CHECK_FALSE(turn.busy());
}

TEST_CASE("a turn that began unheard while the disk was full is under way when there is room") {
    Told turn;
    turn.house.store.break_disk(true);
    turn.house.runtime.say(notices::item_started(turn.chat, "t", change("inProgress")));
    turn.house.stage.advance(3s);
    turn.house.store.break_disk(false);
    turn.house.pass(3s);
    CHECK(turn.status() == "inProgress");
    CHECK(turn.marked());
    turn.end();
    CHECK(turn.row().status == transcript::Status::complete);
}

TEST_CASE("a file change whose end was not heard is told and explained when its turn ends, once") {
    Told turn;
    turn.begin();
    turn.begin_change();
    turn.house.runtime.histories["t"] = {change("completed")};
    turn.end();
    CHECK(turn.status() == "completed");
    CHECK(turn.row().details->find("completed") != std::string::npos);
    CHECK(turn.house.jobs(turn.project) == 1);
    turn.complete_change();
    turn.end();
    CHECK(turn.house.jobs(turn.project) == 1);
    turn.house.pass(60s);
    CHECK(turn.row("file-change-explain-" + turn.chat + "-t-change").status == transcript::Status::complete);
}

TEST_CASE("a file change whose end and whose turn's end were not heard is explained when they are read, once") {
    Told turn;
    turn.begin();
    turn.begin_change();
    turn.house.runtime.histories["t"] = {change("completed")};
    turn.house.runtime.views["t"] = seen(TurnStatus::completed);
    turn.house.pass(60s);
    CHECK(turn.status() == "completed");
    CHECK(turn.house.jobs(turn.project) == 1);
    turn.end();
    CHECK(turn.house.jobs(turn.project) == 1);
}

TEST_CASE("an end that waits for the disk asks for lost items once, and loses none") {
    Told turn;
    turn.begin();
    turn.begin_change();
    turn.house.runtime.histories["t"] = {change("completed")};
    turn.house.store.break_disk(true);
    turn.house.runtime.say(notices::turn_completed(turn.chat, seen(TurnStatus::completed), {}));
    turn.house.stage.advance(5s);
    CHECK(turn.house.runtime.histories_read == 1);
    turn.house.store.break_disk(false);
    turn.house.pass(5s);
    CHECK(turn.house.runtime.histories_read == 1);
    CHECK(turn.status() == "completed");
    CHECK(turn.house.jobs(turn.project) == 1);
}

TEST_CASE("items that the runtime's history does not tell are closed when their turn ends") {
    for (bool refuses : {false, true}) {
        Told turn;
        turn.house.runtime.has_no_histories = refuses;
        turn.begin();
        turn.begin_change();
        turn.end(TurnStatus::interrupted);
        CHECK(turn.row().status == transcript::Status::canceled);
        CHECK(turn.house.jobs(turn.project) == 0);
    }
}

TEST_CASE("a turn that left nothing open ends without a look at the runtime's history") {
    Told turn;
    turn.begin();
    turn.begin_change();
    turn.complete_change();
    turn.end();
    CHECK(turn.house.runtime.histories_read == 0);
}

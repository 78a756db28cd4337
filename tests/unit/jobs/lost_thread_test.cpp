// Threads of chats: none is thrown away while it is there, and none is left behind for a chat that did not come about.
#include "support/catch.hpp"
#include "support/house.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

std::string thread_of(House& house, const std::string& chat) {
    return house.sessions.core().directory.find(chat)->runtime_thread_id;
}

Result<SessionView> resume(House& house, const std::string& chat) {
    return house.stage.wait_for(house.sessions.resume(chat));
}

}  // namespace

TEST_CASE("a chat keeps its thread when the runtime refuses to resume it for any reason but that it is gone") {
    for (const char* code : {"runtime_timeout", "runtime_error", "auth_required", "invalid_state"}) {
        House house;
        auto chat = house.chat();
        auto thread = thread_of(house, chat);
        house.runtime.refuse_resumes = code;
        CHECK_THROWS_AS(resume(house, chat), RuntimeRefusal);
        CHECK(thread_of(house, chat) == thread);
        house.runtime.refuse_next("runtime_error");
        CHECK_THROWS_AS(house.say(chat, "hello"), RuntimeRefusal);
        CHECK(thread_of(house, chat) == thread);
        CHECK(house.runtime.threads == 1);
        house.runtime.refuse_resumes.reset();
        CHECK(resume(house, chat).has_value());
        house.say(chat, "hello");
    }
}

TEST_CASE("a chat whose thread is gone gets a new one") {
    House house;
    auto chat = house.chat();
    auto thread = thread_of(house, chat);
    house.runtime.refuse_resumes = "not_found";
    CHECK(resume(house, chat).has_value());
    CHECK(thread_of(house, chat) != thread);
    CHECK(house.runtime.threads == 2);
}

TEST_CASE("the thread of a chat is not replaced under a turn") {
    House house;
    auto chat = house.chat();
    auto thread = thread_of(house, chat);
    house.say(chat, "/pause 5s first");
    house.pass(10ms);
    house.runtime.refuse_resumes = "not_found";
    auto resumed = resume(house, chat);
    REQUIRE_FALSE(resumed.has_value());
    CHECK(resumed.error().code == "turn_active");
    CHECK(thread_of(house, chat) == thread);
}

TEST_CASE("a chat that cannot be committed leaves no thread behind") {
    House house;
    auto source = house.chat();
    house.store.break_disk(true);
    CHECK_THROWS_AS(house.chat(), StorageUnavailable);
    CHECK(house.runtime.threads == 1);
    CHECK_THROWS_AS(house.stage.wait_for(house.sessions.fork(source)), StorageUnavailable);
    CHECK(house.runtime.threads == 1);
}

TEST_CASE("a chat whose project goes while it is made leaves no thread behind") {
    House house;
    auto project = house.project();
    Effects gone;
    gone.deletes.emplace_back("project", "", project);
    house.stage.wait_for(house.ledger.commit(house.stage.time.wall(), std::move(gone))).value();
    NewSession wanted;
    wanted.project_id = project;
    auto made = house.stage.wait_for(house.sessions.create(wanted));
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == "project_not_found");
    CHECK(house.runtime.threads == 0);
}

TEST_CASE("a worker that cannot be committed leaves no thread behind") {
    House house;
    auto project = house.project();
    house.store.break_disk(true);
    CHECK_THROWS_AS(house.stage.wait_for(house.workers.session_for(project, "explainer")), StorageUnavailable);
    CHECK(house.runtime.threads == 0);
    house.store.break_disk(false);
    CHECK_FALSE(house.stage.wait_for(house.workers.session_for(project, "explainer")).empty());
    CHECK(house.runtime.threads == 1);
}

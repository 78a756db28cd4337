#include "support/catch.hpp"

#include "session/directory.hpp"
#include "session/guard.hpp"

using namespace lanekeeper;
using namespace lanekeeper::session;

namespace {

Session chat(std::string id, std::int64_t ms) {
    Session session;
    session.id = id;
    session.runtime_thread_id = std::move(id);
    session.created_at = from_ms(ms);
    session.updated_at = from_ms(ms);
    return session;
}

Session worker(std::string id, std::string owner, std::string agent) {
    auto session = chat(std::move(id), 1);
    session.system_owned = true;
    session.owner = std::move(owner);
    session.agent = std::move(agent);
    return session;
}

std::string ids(const std::vector<Session>& sessions) {
    std::string text;
    for (const auto& session : sessions) text += (text.empty() ? "" : " ") + session.id;
    return text;
}

std::string page_ids(const Directory& directory, ListQuery query) { return ids(directory.list(query)->sessions); }

}  // namespace

TEST_CASE("sessions are listed newest first, page by page, each once") {
    Directory directory;
    for (int i = 0; i < 7; ++i) directory.put(chat("s" + std::to_string(i), 100 + i / 2));
    ListQuery query;
    query.limit = 3;
    auto first = directory.list(query);
    CHECK(ids(first->sessions) == "s6 s5 s4");
    query.cursor = *first->next;
    directory.put(chat("new", 900));  // does not disturb the pages that follow
    auto second = directory.list(query);
    CHECK(ids(second->sessions) == "s3 s2 s1");
    query.cursor = *second->next;
    auto last = directory.list(query);
    CHECK(ids(last->sessions) == "s0");
    CHECK_FALSE(last->next);
}

TEST_CASE("a page that ends the list has no cursor") {
    Directory directory;
    directory.put(chat("a", 1));
    ListQuery query;
    query.limit = 1;
    CHECK_FALSE(directory.list(query)->next);
}

TEST_CASE("a cursor that is not ours is refused by name") {
    Directory directory;
    for (const char* cursor : {"x", "1", "a.b", ".b"}) {
        ListQuery query;
        query.cursor = cursor;
        auto page = directory.list(query);
        REQUIRE_FALSE(page.has_value());
        CHECK(page.error().issues.at(0).path == json::array{"query", "cursor"});
    }
}

TEST_CASE("archived sessions are listed apart") {
    Directory directory;
    auto old = chat("old", 1);
    old.archived = true;
    directory.put(old);
    directory.put(chat("live", 2));
    ListQuery query;
    CHECK(page_ids(directory, query) == "live");
    query.archived = true;
    CHECK(page_ids(directory, query) == "old");
}

TEST_CASE("hidden sessions appear in no list but the one that asks for them") {
    Directory directory;
    directory.put(chat("mine", 2));
    directory.put(worker("w", "p", "explainer"));
    ListQuery query;
    CHECK(page_ids(directory, query) == "mine");
    CHECK(directory.chats_of_project("p").empty());
    query.include_system_owned = true;
    CHECK(page_ids(directory, query) == "mine w");
    directory.put(worker("v", "p", "supervisor"));
    CHECK(ids(directory.workers_of("p")) == "w v");
    directory.forget("w");
    CHECK(ids(directory.workers_of("p")) == "v");
}

TEST_CASE("a session changes its project, and both projects see it") {
    Directory directory;
    auto session = chat("a", 1);
    session.project_id = "p";
    directory.put(session);
    CHECK(ids(directory.chats_of_project("p")) == "a");
    directory.patch("a", json::object{{"projectId", "q"}});
    CHECK(directory.chats_of_project("p").empty());
    CHECK(ids(directory.chats_of_project("q")) == "a");
    directory.patch("a", json::object{{"projectId", nullptr}, {"title", "named"}});
    CHECK(directory.chats_of_project("q").empty());
    CHECK(directory.find("a")->title == "named");
}

TEST_CASE("a patch of a session that is gone changes nothing") {
    Directory directory;
    directory.patch("a", json::object{{"title", "ghost"}});
    CHECK_FALSE(directory.find("a"));
}

TEST_CASE("a session is found by its thread, also after it got a new one") {
    Directory directory;
    directory.put(chat("a", 1));
    directory.patch("a", json::object{{"runtimeThreadId", "other"}});
    CHECK(directory.by_runtime_thread("other") == "a");
    CHECK_FALSE(directory.by_runtime_thread("a"));
}

TEST_CASE("the guard says deleted before system before unknown") {
    Directory directory;
    directory.put(worker("w", "p", "explainer"));
    directory.put(chat("a", 1));
    CHECK(require_user_session(directory, "a").has_value());
    CHECK(require_user_session(directory, "w").error().code == "system_session");
    CHECK(require_user_session(directory, "x").error().code == "not_found");
    Tombstone stone;
    stone.id = "a";
    stone.title = "gone";
    stone.deleted_at = from_ms(0);
    directory.bury(stone);
    auto deleted = require_user_session(directory, "a");
    CHECK(deleted.error().code == "deleted");
    CHECK(deleted.error().details.at("title") == "gone");
    CHECK(deleted.error().details.at("deletedAt") == "1970-01-01T00:00:00.000Z");
    CHECK_FALSE(directory.find("a"));
}

TEST_CASE("an operator may read a hidden session, a viewer may not") {
    Directory directory;
    directory.put(worker("w", "p", "explainer"));
    CHECK(require_readable(directory, "w", true).has_value());
    CHECK(require_readable(directory, "w", false).error().code == "system_session");
}

TEST_CASE("project names count as equal whatever their case") {
    Directory directory;
    Project project;
    project.id = "p";
    project.name = "Große Straße ÄÖ Ωμ Дом";
    directory.put(project);
    CHECK(directory.project_named("GROße STRAßE äö ωΜ дОМ")->id == "p");
    project.name = "other";
    directory.put(project);
    CHECK_FALSE(directory.project_named("Große Straße ÄÖ Ωμ Дом"));
    directory.remove_project("p");
    CHECK_FALSE(directory.project_named("other"));
    CHECK(directory.projects().empty());
}

TEST_CASE("projects are listed by name, case aside") {
    Directory directory;
    for (const char* name : {"beta", "Alpha", "gamma"}) {
        Project project;
        project.id = name;
        project.name = name;
        directory.put(project);
    }
    auto all = directory.projects();
    CHECK(all[0].name == "Alpha");
    CHECK(all[2].name == "gamma");
}

TEST_CASE("sessions and projects survive their way through the store") {
    auto session = chat("a", 1500);
    session.project_id = "p";
    session.cwd = "/w";
    session.controls.settings = {{"k", 1}};
    session.materialized = true;
    auto copy = session_from_json(to_json(session));
    CHECK(to_json(copy) == to_json(session));
    auto view = summary(copy);
    CHECK(view.at("createdAt") == 1);
    CHECK(view.at("sessionControls").at("model").is_null());
    Project project;
    project.id = "p";
    project.name = "n";
    project.created_at = from_ms(5);
    CHECK(to_json(project_from_json(to_json(project))) == to_json(project));
}

TEST_CASE("guests stand among the sessions in the one order, each on one page") {
    Directory directory;
    for (int i = 0; i < 4; ++i) directory.put(chat("s" + std::to_string(i), 100 + 10 * i));
    auto page_with_guests = [&](const ListQuery& query) {
        return with_guests(*directory.list(query), {chat("g1", 125), chat("g0", 50), chat("g2", 999)}, query);
    };
    ListQuery query;
    query.limit = 3;
    auto first = page_with_guests(query);
    CHECK(ids(first.sessions) == "g2 s3 g1");
    query.cursor = *first.next;
    directory.put(chat("g1", 125));  // it became one of the sessions
    auto second = page_with_guests(query);
    CHECK(ids(second.sessions) == "s2 s1 s0");
    query.cursor = *second.next;
    auto last = page_with_guests(query);
    CHECK(ids(last.sessions) == "g0");
    CHECK_FALSE(last.next);
}

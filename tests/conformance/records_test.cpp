#include "conformance/drivers.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

json::object merge_bodies(const json::object& existing, json::object incoming) {
    json::object all = existing;
    for (auto& [key, value] : incoming) all[key] = value;
    return all;
}

Mutation put(std::string scope, std::string key, json::object body, RecordPut::Mode mode = RecordPut::Mode::upsert,
             MergeRecord merge = nullptr) {
    Mutation mutation;
    mutation.effects.puts.emplace_back("row", std::move(scope), std::move(key), std::move(body), mode, merge);
    return mutation;
}

std::string keys(const std::vector<Record>& records) {
    std::string all;
    for (const auto& record : records) all += record.key;
    return all;
}

}  // namespace

TEST_CASE("records keep the order of their first insertion, whatever happens to them later") {
    FOR_EACH_DRIVER(s);
    for (auto key : {"c", "a", "b"}) s.commit(put("s", key, {{"v", 1}}));
    s.commit(put("other", "z", {}));
    s.commit(put("s", "a", {{"v", 2}}));
    auto rows = s.records("row", "s");
    CHECK(keys(rows) == "cab");
    CHECK(rows[1].body == json::object{{"v", 2}});
    CHECK(rows[0].scope == "s");
    CHECK(rows[0].kind == "row");
    CHECK(rows[0].order < rows[1].order);
    CHECK(keys(s.records("row", "s", rows[0].order)) == "ab");
    CHECK(keys(s.records("row", "s", 0, 2)) == "ca");
    CHECK(keys(run_task(s.store->records_of_kind("row", 0, 100))) == "cabz");
    CHECK(keys(run_task(s.store->records_of_kind("row", rows[1].order, 1))) == "b");
    CHECK(run_task(s.store->records_of_kind("none", 0, 100)).empty());
    CHECK(s.record("row", "s", "b")->order == rows[2].order);
    CHECK(!s.record("row", "s", "z"));
}

TEST_CASE("a deleted record that comes again comes last") {
    FOR_EACH_DRIVER(s);
    for (auto key : {"a", "b"}) s.commit(put("s", key, {}));
    auto before = s.record("row", "s", "b")->order;
    Mutation gone;
    gone.effects.deletes.emplace_back("row", "s", "b");
    s.commit(std::move(gone));
    CHECK(keys(s.records("row", "s")) == "a");
    s.commit(put("s", "b", {}));
    CHECK(keys(s.records("row", "s")) == "ab");
    CHECK(s.record("row", "s", "b")->order > before);
}

TEST_CASE("an update of what is not there is left out with its event, and nothing else of its commit is") {
    FOR_EACH_DRIVER(s);
    auto update = [&](int value) {
        auto mutation = put("s", "before", {{"v", value}});
        auto& effects = mutation.effects;
        effects.puts.emplace_back("row", "s", "k", json::object{{"v", value}}, RecordPut::Mode::update);
        effects.puts.emplace_back("row", "s", "after", json::object{{"v", value}});
        for (std::size_t i = 0; i < effects.puts.size(); ++i) {
            effects.events.emplace_back("told", "s", json::object{});
            effects.events.back().entry_of_put = i;
        }
        return s.commit(std::move(mutation));
    };
    CHECK(update(1).events.size() == 2);
    CHECK(update(1).events.back().text == R"({"type":"told","threadId":"s","payload":{"entry":{"v":1}})");
    CHECK_FALSE(s.record("row", "s", "k"));
    CHECK(s.record("row", "s", "after")->body.at("v") == 1);
    s.commit(put("s", "k", {{"v", 0}}));
    CHECK(update(2).events.size() == 3);
    CHECK(s.record("row", "s", "k")->body.at("v") == 2);
}

TEST_CASE("insert refuses a taken key and replace refuses a missing one") {
    FOR_EACH_DRIVER(s);
    auto missing = s.try_commit(put("s", "k", {}, RecordPut::Mode::replace));
    REQUIRE(!missing);
    CHECK(missing.error().code == "record_missing");
    CHECK(missing.error().details == json::object{{"kind", "row"}, {"key", "k"}});
    s.commit(put("s", "k", {{"v", 1}}, RecordPut::Mode::insert));
    auto taken = s.try_commit(put("s", "k", {{"v", 2}}, RecordPut::Mode::insert));
    REQUIRE(!taken);
    CHECK(taken.error().code == "record_exists");
    CHECK(s.record("row", "s", "k")->body == json::object{{"v", 1}});
    s.commit(put("s", "k", {{"v", 3}}, RecordPut::Mode::replace));
    CHECK(s.record("row", "s", "k")->body == json::object{{"v", 3}});
}

TEST_CASE("a put may merge with what is there") {
    FOR_EACH_DRIVER(s);
    s.commit(put("s", "k", {{"a", 1}}, RecordPut::Mode::upsert, merge_bodies));
    s.commit(put("s", "k", {{"b", 2}}, RecordPut::Mode::upsert, merge_bodies));
    CHECK(s.record("row", "s", "k")->body == json::object{{"a", 1}, {"b", 2}});
    s.commit(put("s", "k", {{"a", 9}}));
    CHECK(s.record("row", "s", "k")->body == json::object{{"a", 9}});
}

TEST_CASE("effects see what came before them in the same mutation") {
    FOR_EACH_DRIVER(s);
    s.commit(put("s", "old", {}));
    Mutation mutation;
    mutation.effects.deletes.emplace_back("row", "s");
    mutation.effects.puts.emplace_back("row", "s", "old", json::object{{"new", true}}, RecordPut::Mode::insert);
    mutation.effects.puts.emplace_back("row", "s", "old", json::object{{"more", 1}}, RecordPut::Mode::replace, merge_bodies);
    s.commit(std::move(mutation));
    CHECK(s.record("row", "s", "old")->body == json::object{{"new", true}, {"more", 1}});
    Mutation twice;
    twice.effects.puts.emplace_back("row", "s", "x", json::object{}, RecordPut::Mode::insert);
    twice.effects.puts.emplace_back("row", "s", "x", json::object{}, RecordPut::Mode::insert);
    CHECK(s.try_commit(std::move(twice)).error().code == "record_exists");
    CHECK(!s.record("row", "s", "x"));
    Mutation after_insert;
    after_insert.inserts.emplace_back();
    after_insert.inserts[0].job = a_job(1);
    after_insert.inserts[0].effects.puts.emplace_back("row", "t", "x", json::object{});
    after_insert.effects.deletes.emplace_back("row", "t", "x");
    s.commit(std::move(after_insert));
    CHECK(!s.record("row", "t", "x"));
}

TEST_CASE("deleting a scope takes its records of that kind and no others") {
    FOR_EACH_DRIVER(s);
    for (auto key : {"a", "b"}) s.commit(put("s", key, {}));
    s.commit(put("t", "c", {}));
    Mutation other_kind;
    other_kind.effects.puts.emplace_back("kind2", "s", "a", json::object{});
    s.commit(std::move(other_kind));
    Mutation gone;
    gone.effects.deletes.emplace_back("row", "s");
    gone.effects.deletes.emplace_back("row", "never", "there");
    s.commit(std::move(gone));
    CHECK(s.records("row", "s").empty());
    CHECK(s.records("row", "t").size() == 1);
    CHECK(s.records("kind2", "s").size() == 1);
}

TEST_CASE("a record may be removed after its time, and a put without one takes the time away") {
    FOR_EACH_DRIVER(s);
    for (auto key : {"goes", "stays"}) {
        auto mutation = put("s", key, {});
        mutation.effects.puts[0].expires_at = s.clock.now + Millis{1000};
        s.commit(std::move(mutation));
    }
    s.commit(put("s", "stays", {}));
    s.retain(RetentionRules());
    CHECK(keys(s.records("row", "s")) == "goesstays");
    s.clock.now += Millis{1001};
    s.retain(RetentionRules());
    CHECK(keys(s.records("row", "s")) == "stays");
}

TEST_CASE("names that contain anything are told apart") {
    FOR_EACH_DRIVER(s);
    std::string with_zero("a\0b", 3);
    s.commit(put("s", "a", {{"v", 1}}));
    s.commit(put("s", with_zero, {{"v", 2}}));
    s.commit(put("s", "é'\"%_", {{"v", 3}}));
    s.commit(put("", "", {{"v", 4}}));
    CHECK(s.record("row", "s", "a")->body.at("v") == 1);
    CHECK(s.record("row", "s", with_zero)->body.at("v") == 2);
    CHECK(s.record("row", "s", "é'\"%_")->body.at("v") == 3);
    CHECK(s.record("row", "", "")->body.at("v") == 4);
}

TEST_CASE("a record that is to replace one revision is refused when another one is there, and all that comes with it") {
    FOR_EACH_DRIVER(s);
    auto change = [&](std::int64_t revision) {
        auto mutation = put("s", "a", {{"revision", revision}}, RecordPut::Mode::replace);
        mutation.effects.puts.back().if_revision = revision - 1;
        mutation.effects.puts.emplace_back("row", "s", "beside", json::object{{"revision", revision}});
        return s.try_commit(std::move(mutation));
    };
    CHECK(change(2).error().code == "record_missing");
    s.commit(put("s", "a", {{"revision", 1}}));
    CHECK(change(2).has_value());
    auto refused = change(2);
    CHECK(refused.error().code == "record_changed");
    CHECK(refused.error().details.at("key") == "a");
    CHECK(change(4).error().code == "record_changed");
    CHECK(change(3).has_value());
    CHECK(s.record("row", "s", "a")->body.at("revision") == 3);
    CHECK(s.record("row", "s", "beside")->body.at("revision") == 3);
}

#include "conformance/drivers.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

Mutation event(std::string type, std::optional<std::string> thread, Audience audience = Audience::thread) {
    Mutation mutation;
    mutation.effects.events.emplace_back(std::move(type), std::move(thread), json::object{}, audience);
    return mutation;
}

std::string types(const std::vector<Event>& events) {
    std::string all;
    for (const auto& e : events) all += e.type;
    return all;
}

EventFilter threads(std::vector<std::string> names, bool system = false) {
    EventFilter filter;
    filter.threads = std::move(names);
    filter.system = system;
    return filter;
}

std::string heard_by(StoreFixture& s, EventFilter filter) {
    return types(run_task(s.store->events(0, INT64_MAX, std::move(filter), 100)).events);
}

}  // namespace

TEST_CASE("events get a rising seq without a gap and come back as they were told") {
    FOR_EACH_DRIVER(s);
    Mutation two = event("a", "t1");
    two.effects.events.emplace_back("b", std::nullopt, json::object{{"x", 1}}, Audience::broadcast);
    auto committed = s.commit(std::move(two));
    REQUIRE(committed.events.size() == 2);
    CHECK(committed.events[0].seq == 1);
    CHECK(committed.events[1].seq == 2);
    s.commit(event("c", "t1"));
    auto events = s.events();
    REQUIRE(events.size() == 3);
    CHECK(events[1].envelope() == R"({"type":"b","threadId":null,"payload":{"x":1},"seq":2})");
    CHECK(events[0].thread_id == "t1");
    CHECK(!events[1].thread_id);
    CHECK(events[1].audience == Audience::broadcast);
    CHECK(events[2].at == s.clock.now);
    CHECK(events[2].seq == 3);
}

TEST_CASE("the listener hears each commit once, in order, with all its events") {
    FOR_EACH_DRIVER(s);
    s.commit(event("a", "t"));
    s.insert(a_job(1));
    s.commit(event("b", "t"));
    std::string all;
    for (const auto& commit : s.heard) all += types(commit);
    CHECK(all == "ab");
    CHECK(s.heard.front().at(0).seq == 1);
}

TEST_CASE("an event may carry the merged body of a put beside it") {
    FOR_EACH_DRIVER(s);
    Mutation mutation;
    mutation.effects.puts.emplace_back("row", "s", "k", json::object{{"a", 1}});
    s.commit(std::move(mutation));
    auto merge = [](const json::object& existing, json::object incoming) {
        incoming["old"] = existing.at("a");
        return incoming;
    };
    Mutation second;
    second.inserts.emplace_back();
    second.inserts[0].job = a_job(1);
    second.inserts[0].effects.puts.emplace_back("row", "s", "other", json::object{{"o", 1}});
    second.effects.deletes.emplace_back("row", "s", "nothing");
    second.effects.puts.emplace_back("row", "s", "first", json::object{});
    second.effects.puts.emplace_back("row", "s", "k", json::object{{"a", 2}}, RecordPut::Mode::upsert, merge);
    second.effects.events.emplace_back("transcript_updated", "t", json::object{{"id", 1}});
    second.effects.events[0].entry_of_put = 1;
    auto committed = s.commit(std::move(second));
    CHECK(committed.events.at(0).text == R"({"type":"transcript_updated","threadId":"t","payload":{"id":1,"entry":{"a":2,"old":1}})");
    CHECK(s.events().at(0).text == committed.events[0].text);
}

TEST_CASE("an event reaches those whom its audience and thread name") {
    FOR_EACH_DRIVER(s);
    s.commit(event("a", "t1"));
    s.commit(event("b", "t2"));
    s.commit(event("c", std::nullopt, Audience::broadcast));
    s.commit(event("d", "hidden", Audience::system));
    s.commit(event("e", std::nullopt));
    CHECK(heard_by(s, EventFilter()) == "abce");
    CHECK(heard_by(s, threads({"t1"})) == "ac");
    CHECK(heard_by(s, threads({"t1", "t2"})) == "abc");
    CHECK(heard_by(s, threads({"hidden"})) == "c");
    CHECK(heard_by(s, threads({"hidden"}, true)) == "cd");
    EventFilter all_system;
    all_system.system = true;
    CHECK(heard_by(s, all_system) == "abce");
}

TEST_CASE("events are read in ranges and pages that continue where they ended") {
    FOR_EACH_DRIVER(s);
    for (int i = 0; i < 10; ++i) s.commit(event(std::to_string(i), i % 2 ? "odd" : "even"));
    auto first = run_task(s.store->events(2, 8, EventFilter(), 4));
    CHECK(types(first.events) == "2345");
    CHECK(first.scanned_to == 6);
    CHECK(first.more);
    auto second = run_task(s.store->events(first.scanned_to, 8, EventFilter(), 4));
    CHECK(types(second.events) == "67");
    CHECK(second.scanned_to == 8);
    CHECK(!second.more);
    auto odd = run_task(s.store->events(0, INT64_MAX, threads({"odd"}), 100));
    CHECK(types(odd.events) == "13579");
    CHECK(odd.scanned_to == 10);
    CHECK(!odd.more);
}

TEST_CASE("a page that finds little still ends, and says how far it looked") {
    FOR_EACH_DRIVER(s);
    Mutation many;
    for (int i = 0; i < 3000; ++i) many.effects.events.emplace_back("x", "busy", json::object{});
    s.commit(std::move(many));
    s.commit(event("rare", "quiet"));
    std::int64_t after = 0;
    std::string found;
    int pages = 0;
    for (bool more = true; more; ++pages) {
        auto page = run_task(s.store->events(after, INT64_MAX, threads({"quiet"}), 10));
        CHECK(page.scanned_to > after);
        after = page.scanned_to;
        more = page.more;
        found += types(page.events);
    }
    CHECK(found == "rare");
    CHECK(pages > 1);
}

TEST_CASE("the range of retained events is known, and the epoch stays") {
    FOR_EACH_DRIVER(s);
    auto range = run_task(s.store->event_range());
    CHECK(range.oldest == 1);
    CHECK(range.newest == 0);
    CHECK(!range.epoch.empty());
    for (int i = 0; i < 5; ++i) s.commit(event("e", "t"));
    RetentionRules rules;
    rules.event_count = 2;
    s.retain(rules);
    range = run_task(s.store->event_range());
    CHECK(range.oldest == 4);
    CHECK(range.newest == 5);
    rules.event_count = 0;
    s.retain(rules);
    range = run_task(s.store->event_range());
    CHECK(range.oldest == 6);
    CHECK(range.newest == 5);
}

TEST_CASE("events are found by the job and the workflow that they are about, also after a restart") {
    FOR_EACH_DRIVER(s);
    Mutation two = event("a", "t1");
    two.effects.events[0].job_id = "mine";
    two.effects.events.emplace_back("b", std::nullopt, json::object{});
    two.effects.events[1].job_id = "other";
    two.effects.events[1].workflow_id = "flow";
    s.commit(std::move(two));
    s.commit(event("c", std::nullopt, Audience::broadcast));
    s.commit(event("d", "t1"));
    if (driver != StoreDriver::memory) s.reopen();
    EventFilter job, workflow, both;
    job.jobs = {"mine"};
    workflow.workflows = {"flow"};
    both.jobs = {"mine"};
    both.threads = std::vector<std::string>{"t1"};
    CHECK(heard_by(s, job) == "ac");
    CHECK(heard_by(s, workflow) == "bc");
    CHECK(heard_by(s, both) == "acd");
}

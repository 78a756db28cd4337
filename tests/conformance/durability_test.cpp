#include "base/log.hpp"
#include "conformance/drivers.hpp"

#include <sys/stat.h>
#include <unistd.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

std::string file_of(StoreDriver driver) {
    return driver == StoreDriver::sqlite ? "lanekeeper.db" : "orchestrator-jobs.json";
}

std::string refusal_to_open(Store& store) {
    try {
        run_task(store.open());
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what was committed is there after a reopening, numbers go on, and the epoch stays") {
    FOR_EACH_DURABLE_DRIVER(s);
    Job job = a_job(1);
    job.dedupe_match = "m";
    job.source_session_id = "ses";
    job.progress = json::object{{"p", 1}};
    s.insert(job);
    s.insert(a_job(2, "p2"));
    s.move_to(1, JobState::running);
    s.move_to(2, JobState::completed);
    Mutation mutation;
    mutation.effects.puts.emplace_back("row", "s", "b", json::object{{"v", "é\n"}});
    mutation.effects.puts.emplace_back("row", "s", "a", json::object{});
    mutation.effects.puts[1].expires_at = s.clock.now + Millis{5};
    mutation.effects.events.emplace_back("e", "t", json::object{{"x", 1}}, Audience::system);
    mutation.effects.events.emplace_back("f", std::nullopt, json::object{});
    s.commit(std::move(mutation));
    auto order = s.record("row", "s", "a")->order;
    auto epoch = run_task(s.store->event_range()).epoch;
    auto counts = s.store->counts();

    s.reopen();

    CHECK(s.job(1)->state == JobState::running);
    CHECK(s.job(1)->run == 1);
    CHECK(s.job(1)->payload == job.payload);
    CHECK(s.job(1)->progress == job.progress);
    CHECK(run_task(s.store->open_duplicate("m"))->key == 1);
    CHECK(run_task(s.store->open_jobs_of_session("ses")).size() == 1);
    CHECK(s.records("row", "s").at(0).key == "b");
    CHECK(s.records("row", "s").at(0).body == json::object{{"v", "é\n"}});
    EventFilter hidden;
    hidden.threads = {"t"};
    hidden.system = true;
    CHECK(run_task(s.store->events(0, 9, hidden, 9)).events.at(0).text == R"({"type":"e","threadId":"t","payload":{"x":1})");
    CHECK(run_task(s.store->event_range()).epoch == epoch);
    CHECK(s.store->highest_job_key() == 2);
    CHECK(s.store->counts().by_state == counts.by_state);
    CHECK(s.store->counts().completed_24h == 1);
    CHECK(s.store->counts().owners_with_open_jobs == 1);
    CHECK(s.store->health().notice.empty());
    Mutation next;
    next.effects.puts.emplace_back("row", "s", "c", json::object{});
    next.effects.events.emplace_back("g", "t", json::object{});
    CHECK(s.commit(std::move(next)).events.at(0).seq == 3);
    CHECK(s.record("row", "s", "c")->order > order);
    s.clock.now += Millis{10};
    s.retain(RetentionRules());
    CHECK(s.records("row", "s").size() == 2);
}

TEST_CASE("orders and keys are not given again after the newest went") {
    FOR_EACH_DURABLE_DRIVER(s);
    Mutation put;
    put.effects.puts.emplace_back("row", "s", "a", json::object{});
    s.commit(put);
    auto order = s.record("row", "s", "a")->order;
    s.insert(a_job(77));
    s.move_to(77, JobState::completed);
    Mutation gone;
    gone.effects.deletes.emplace_back("row", "s", "a");
    s.commit(std::move(gone));
    RetentionRules rules;
    rules.terminal_per_owner = 0;
    s.clock.now += Millis{60'001};
    s.retain(rules);
    CHECK(!s.job(77));
    s.reopen();
    CHECK(s.store->highest_job_key() == 77);
    s.commit(put);
    CHECK(s.record("row", "s", "a")->order > order);
}

TEST_CASE("a file that is not ours is moved aside, and the store starts empty and says so") {
    FOR_EACH_DURABLE_DRIVER(s);
    s.insert(a_job(1));
    auto epoch = run_task(s.store->event_range()).epoch;
    s.close();
    s.dir.write(file_of(driver), "this is not a store, whatever its name says. " + std::string(5000, 'x'));
    s.open();
    CHECK(!s.job(1));
    auto aside = s.dir.named_like(file_of(driver) + ".corrupt-");
    CHECK(aside.ends_with(".corrupt-1800000000000"));
    CHECK(s.store->health().ok);
    CHECK(s.store->health().notice.find(aside) != std::string::npos);
    CHECK(run_task(s.store->event_range()).epoch != epoch);
    s.insert(a_job(1));
    s.reopen();
    CHECK(s.job(1));
    CHECK(s.store->health().notice.empty());
}

TEST_CASE("an empty file is a store that was never used") {
    FOR_EACH_DURABLE_DRIVER(s);
    s.close();
    for (auto suffix : {"", "-mark", "-wal", "-shm"}) std::filesystem::remove(s.dir.file(file_of(driver) + suffix));
    if (driver == StoreDriver::json) return;  // an empty text is no JSON
    s.dir.write(file_of(driver), "");
    s.open();
    s.insert(a_job(1));
    CHECK(s.store->health().notice.empty());
}

TEST_CASE("a data directory has one store at a time, and is ours alone") {
    FOR_EACH_DURABLE_DRIVER(s);
    StoreOptions options(driver, s.dir.path().string());
    options.clock = &s.clock;
    auto second = make_store(options);
    CHECK(contains(refusal_to_open(*second), "in use by process " + std::to_string(::getpid())));
    CHECK_THROWS_AS(run_task(second->job(1)), StorageUnavailable);
    s.close();
    run_task(second->open());
    run_task(second->close());

    StoreOptions elsewhere(driver, s.dir.file("deep/er/data"));
    auto third = make_store(elsewhere);
    run_task(third->open());
    struct stat found {};
    REQUIRE(::stat(elsewhere.data_dir.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0700);
    run_task(third->close());
}

TEST_CASE("a store that cannot be opened says where") {
    FOR_EACH_DURABLE_DRIVER(s);
    s.dir.write("not-a-directory", "x");
    StoreOptions options(driver, s.dir.file("not-a-directory"));
    auto store = make_store(options);
    CHECK(contains(refusal_to_open(*store), "not-a-directory"));
}

#include "conformance/drivers.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

JobInsert wanted(std::int64_t key, DedupeMode mode, std::string match = "m") {
    JobInsert insert;
    insert.job = a_job(key);
    insert.job.dedupe_match = std::move(match);
    insert.dedupe = mode;
    insert.effects.events.emplace_back("queued", std::nullopt, json::object{});
    return insert;
}

json::object merge_lists(const json::object& existing, const json::object& incoming) {
    json::array all = existing.at("list").as_array();
    for (const auto& item : incoming.at("list").as_array()) all.push_back(item);
    return {{"list", std::move(all)}};
}

JobInsert list_job(std::int64_t key, int item) {
    auto insert = wanted(key, DedupeMode::merge_duplicate);
    insert.job.payload = {{"list", json::array{item}}};
    insert.merge = merge_lists;
    return insert;
}

json::value list_of(StoreFixture& s, std::int64_t key) { return s.job(key)->payload.at("list"); }

}  // namespace

TEST_CASE("single flight returns the open job, and takes a new one when it has ended") {
    FOR_EACH_DRIVER(s);
    CHECK(s.insert(wanted(1, DedupeMode::single_flight)).how == Inserted::How::inserted);
    auto again = s.insert(wanted(2, DedupeMode::single_flight));
    CHECK(again.how == Inserted::How::duplicate);
    CHECK(again.job.key == 1);
    CHECK(again.job.payload == json::object{{"n", 1}});
    CHECK(s.events().size() == 1);
    CHECK(!s.job(2));
    s.move_to(1, JobState::running);
    CHECK(s.insert(wanted(3, DedupeMode::single_flight)).job.key == 1);
    CHECK(run_task(s.store->open_duplicate("m"))->key == 1);
    s.move_to(1, JobState::completed);
    CHECK(!run_task(s.store->open_duplicate("m")));
    CHECK(s.insert(wanted(4, DedupeMode::single_flight)).how == Inserted::How::inserted);
    CHECK(s.insert(wanted(5, DedupeMode::single_flight, "other")).how == Inserted::How::inserted);
}

TEST_CASE("a pending job is a duplicate like a queued one") {
    FOR_EACH_DRIVER(s);
    auto waits = wanted(1, DedupeMode::single_flight);
    waits.job.state = JobState::pending;
    s.insert(waits);
    CHECK(s.insert(wanted(2, DedupeMode::single_flight)).job.key == 1);
}

TEST_CASE("drop duplicate also returns a completed job, but not one that failed") {
    FOR_EACH_DRIVER(s);
    s.insert(wanted(1, DedupeMode::drop_duplicate));
    s.move_to(1, JobState::running);
    CHECK(s.insert(wanted(2, DedupeMode::drop_duplicate)).job.key == 1);
    s.move_to(1, JobState::failed);
    CHECK(s.insert(wanted(3, DedupeMode::drop_duplicate)).how == Inserted::How::inserted);
    s.move_to(3, JobState::canceled);
    CHECK(s.insert(wanted(4, DedupeMode::drop_duplicate)).how == Inserted::How::inserted);
    s.move_to(4, JobState::running);
    s.move_to(4, JobState::completed);
    auto dropped = s.insert(wanted(5, DedupeMode::drop_duplicate));
    CHECK(dropped.how == Inserted::How::duplicate);
    CHECK(dropped.job.key == 4);
}

TEST_CASE("merge duplicate replaces the payload of a waiting job, and queues one successor of a running one") {
    FOR_EACH_DRIVER(s);
    s.insert(list_job(1, 1));
    auto merged = s.insert(list_job(2, 2));
    CHECK(merged.how == Inserted::How::merged);
    CHECK(merged.job.key == 1);
    CHECK(list_of(s, 1) == json::value{1, 2});
    s.move_to(1, JobState::running);
    auto successor = s.insert(list_job(3, 3));
    CHECK(successor.how == Inserted::How::inserted);
    CHECK(list_of(s, 3) == json::value{1, 2, 3});
    CHECK(list_of(s, 1) == json::value{1, 2});
    CHECK(s.insert(list_job(4, 4)).job.key == 3);
    CHECK(list_of(s, 3) == json::value{1, 2, 3, 4});
    CHECK(run_task(s.store->open_jobs(0, 10)).size() == 2);
}

TEST_CASE("without a merge function the newcomer's payload replaces") {
    FOR_EACH_DRIVER(s);
    s.insert(wanted(1, DedupeMode::merge_duplicate));
    CHECK(s.insert(wanted(2, DedupeMode::merge_duplicate)).how == Inserted::How::merged);
    CHECK(s.job(1)->payload == json::object{{"n", 2}});
}

TEST_CASE("mode none and a job without a match are always new") {
    FOR_EACH_DRIVER(s);
    s.insert(wanted(1, DedupeMode::none));
    CHECK(s.insert(wanted(2, DedupeMode::none)).how == Inserted::How::inserted);
    s.insert(wanted(3, DedupeMode::single_flight, ""));
    CHECK(s.insert(wanted(4, DedupeMode::single_flight, "")).how == Inserted::How::inserted);
}

TEST_CASE("duplicates within one mutation are found") {
    FOR_EACH_DRIVER(s);
    Mutation mutation;
    mutation.inserts = {wanted(1, DedupeMode::single_flight, "x"), wanted(2, DedupeMode::single_flight, "x"), list_job(3, 3),
                        list_job(4, 4), list_job(5, 5)};
    auto committed = s.commit(std::move(mutation));
    CHECK(committed.inserted[1].how == Inserted::How::duplicate);
    CHECK(committed.inserted[1].job.key == 1);
    CHECK(committed.inserted[3].how == Inserted::How::merged);
    CHECK(committed.inserted[4].job.key == 3);
    CHECK(committed.events.size() == 2);
    CHECK(list_of(s, 3) == json::value{3, 4, 5});
    CHECK(!s.job(4));
}

TEST_CASE("a merge onto a stored job sees earlier merges of the same mutation") {
    FOR_EACH_DRIVER(s);
    s.insert(list_job(1, 1));
    Mutation mutation;
    mutation.inserts = {list_job(2, 2), list_job(3, 3)};
    s.commit(std::move(mutation));
    CHECK(list_of(s, 1) == json::value{1, 2, 3});
}

TEST_CASE("a duplicate is never refused for capacity") {
    FOR_EACH_DRIVER(s);
    auto first = wanted(1, DedupeMode::single_flight);
    first.capacity = Capacity{1, 1};
    s.insert(first);
    auto second = wanted(2, DedupeMode::single_flight);
    second.capacity = Capacity{1, 1};
    CHECK(s.insert(second).how == Inserted::How::duplicate);
}

TEST_CASE("a job that ended cannot reopen while a live one holds its dedupe key") {
    FOR_EACH_DRIVER(s);
    s.insert(wanted(1, DedupeMode::single_flight));
    auto failed = s.move_to(1, JobState::failed);
    s.insert(wanted(2, DedupeMode::single_flight));
    Job reopened = failed;
    reopened.state = JobState::queued;
    Mutation mutation;
    mutation.updates.emplace_back(reopened, JobState::failed, 0);
    auto refused = s.try_commit(mutation);
    REQUIRE(!refused);
    CHECK(refused.error().code == "job_conflict");
    s.move_to(2, JobState::canceled);
    s.commit(mutation);
    CHECK(s.job(1)->state == JobState::queued);
}

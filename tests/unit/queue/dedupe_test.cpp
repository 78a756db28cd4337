// Duplicates, idempotency keys and what does not fit (queue.md 4 and 9).
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

void with_mode(Definition& definition, DedupeMode mode) {
    definition.dedupe.mode = mode;
    definition.dedupe.key = [](const json::object& payload) -> std::optional<std::string> {
        if (!payload.contains("key")) return {};
        return members::text(payload, "key");
    };
    definition.dedupe.merge = [](const json::object& existing, const json::object& incoming) {
        json::object merged = existing;
        merged["sum"] = members::integer(existing, "sum") + members::integer(incoming, "sum");
        return merged;
    };
}

std::string code_of(const Result<Enqueued>& result) { return result.has_error() ? result.error().code : ""; }

std::string replayed_id(const Enqueued& enqueued) { return members::text(enqueued.replayed.value(), "jobId"); }

IdempotencyClaim claim(std::string key, std::string body) {
    IdempotencyClaim claim;
    claim.scope = "POST /jobs|me";
    claim.key = std::move(key);
    claim.body_hash = std::move(body);
    claim.answer = [](const Enqueued& enqueued) { return json::object{{"jobId", enqueued.job.id()}, {"how", int(enqueued.how)}}; };
    return claim;
}

}  // namespace

TEST_CASE("matrix: dedupe — suggest single-flight duplicates return existing job") {
    QueueRig rig;
    rig.define("single", [](Definition& d) { with_mode(d, DedupeMode::single_flight); });
    rig.start();
    json::object payload{{"key", "chat"}, {"ms", 1000}, {"requestKey", "r1"}};
    auto first = rig.enqueue("p1", payload, "single");
    rig.advance(500ms);
    for (int i = 0; i < 200; ++i) {
        payload["requestKey"] = fmt::format("r{}", i + 2);
        auto again = rig.try_enqueue(rig.request("p1", payload, "single")).value();
        CHECK(again.how == Enqueued::How::already_queued);
        CHECK(again.job.id() == first.id());
        CHECK(again.job.payload.at("requestKey") == "r1");
        CHECK(again.job.state == JobState::running);
    }
    rig.finished(first);
    auto fresh = rig.try_enqueue(rig.request("p1", payload, "single")).value();
    CHECK(fresh.how == Enqueued::How::enqueued);
    CHECK(fresh.job.id() != first.id());
    rig.finished(fresh.job);
    CHECK(rig.watch->starts.size() == 2);
}

TEST_CASE("two hundred requests at the same moment are one job") {
    QueueRig rig;
    rig.define("single", [](Definition& d) { with_mode(d, DedupeMode::single_flight); });
    rig.start();
    std::vector<std::shared_ptr<std::optional<Result<Enqueued>>>> replies;
    for (int i = 0; i < 200; ++i)
        replies.push_back(rig.later(rig.queue->enqueue(rig.request("p1", {{"key", "chat"}, {"ms", 50}}, "single"))));
    rig.settle();
    int fresh = 0;
    for (auto& reply : replies) {
        REQUIRE(*reply);
        fresh += (*reply)->value().how == Enqueued::How::enqueued;
        CHECK((*reply)->value().job.id() == (*replies[0])->value().job.id());
    }
    CHECK(fresh == 1);
    rig.advance(1s);
    CHECK(rig.watch->starts.size() == 1);
}

TEST_CASE("matrix: dedupe — file explain duplicates drop/merge as configured") {
    QueueRig rig;
    rig.define("drop", [](Definition& d) { with_mode(d, DedupeMode::drop_duplicate); });
    rig.define("merge", [](Definition& d) { with_mode(d, DedupeMode::merge_duplicate); });
    rig.start();

    auto dropped = rig.enqueue("p1", {{"key", "item"}, {"ms", 100}}, "drop");
    auto again = rig.try_enqueue(rig.request("p1", {{"key", "item"}}, "drop")).value();
    CHECK(again.how == Enqueued::How::already_queued);
    rig.finished(dropped);
    auto after = rig.try_enqueue(rig.request("p1", {{"key", "item"}}, "drop")).value();
    CHECK(after.job.id() == dropped.id());
    CHECK(after.job.state == JobState::completed);
    auto failed = rig.finished(rig.enqueue("p1", {{"key", "other"}, {"fail", "fatal"}}, "drop"));
    CHECK(rig.enqueue("p1", {{"key", "other"}}, "drop").id() != failed.id());

    auto blocker = rig.enqueue("p2", {{"ms", 1000}}, "merge");
    rig.settle();
    auto waiting = rig.enqueue("p2", {{"key", "k"}, {"sum", 1}, {"ms", 1000}}, "merge");
    auto merged = rig.try_enqueue(rig.request("p2", {{"key", "k"}, {"sum", 2}}, "merge")).value();
    CHECK(merged.how == Enqueued::How::merged);
    CHECK(merged.job.id() == waiting.id());
    CHECK(merged.job.payload.at("sum") == 3);
    rig.finished(blocker);
    rig.advance(10ms);
    REQUIRE(rig.job(waiting).state == JobState::running);
    CHECK(rig.job(waiting).payload.at("sum") == 3);
    auto successor = rig.try_enqueue(rig.request("p2", {{"key", "k"}, {"sum", 4}}, "merge")).value();
    CHECK(successor.how == Enqueued::How::enqueued);
    CHECK(successor.job.id() != waiting.id());
    CHECK(successor.job.payload.at("sum") == 7);
    auto second = rig.try_enqueue(rig.request("p2", {{"key", "k"}, {"sum", 5}}, "merge")).value();
    CHECK(second.job.id() == successor.job.id());
    CHECK(rig.finished(successor.job).payload.at("sum") == 12);
}

TEST_CASE("duplicates are never refused for room, and a job without a key is never a duplicate") {
    QueueRig rig;
    rig.settings.max_per_project = 2;
    rig.define("single", [](Definition& d) { with_mode(d, DedupeMode::single_flight); });
    rig.restart();
    auto first = rig.enqueue("p1", {{"key", "a"}, {"ms", 1000}}, "single");
    rig.enqueue("p1", {{"ms", 1000}}, "single");
    CHECK(rig.enqueue("p1", {{"key", "a"}}, "single").id() == first.id());
    CHECK(code_of(rig.try_enqueue(rig.request("p1", {}, "single"))) == "queue_full");
}

TEST_CASE("effects of a request are committed with every answer, those of a new job only with it") {
    QueueRig rig;
    rig.define("single", [](Definition& d) { with_mode(d, DedupeMode::single_flight); });
    rig.start();
    for (int i = 0; i < 3; ++i) {
        auto request = rig.request("p1", {{"key", "a"}, {"ms", 1000}}, "single");
        request.effects.puts.emplace_back("row", "always", fmt::format("{}", i), json::object{});
        request.effects_if_new.puts.emplace_back("row", "new", fmt::format("{}", i), json::object{});
        rig.try_enqueue(std::move(request)).value();
    }
    CHECK(rig.wait_for(rig.store.records("row", "always", 0, 10)).size() == 3);
    CHECK(rig.wait_for(rig.store.records("row", "new", 0, 10)).size() == 1);
}

TEST_CASE("the same idempotency key and body get the same answer, also after a restart; another body is refused") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto request = [&](std::string key, std::string body) {
        auto made = rig.request("p1", {{"ms", 10}});
        made.idempotency = claim(std::move(key), std::move(body));
        return made;
    };
    auto first = rig.try_enqueue(request("k1", "b1")).value();
    CHECK_FALSE(first.replayed);
    auto again = rig.try_enqueue(request("k1", "b1")).value();
    REQUIRE(again.replayed);
    CHECK(replayed_id(again) == first.job.id());
    CHECK(code_of(rig.try_enqueue(request("k1", "b2"))) == "idempotency_mismatch");
    CHECK(rig.try_enqueue(request("k2", "b1")).value().job.id() != first.job.id());
    rig.finished(first.job);
    rig.restart();
    CHECK(replayed_id(rig.try_enqueue(request("k1", "b1")).value()) == first.job.id());
    CHECK(code_of(rig.try_enqueue(request("k1", "b2"))) == "idempotency_mismatch");
}

TEST_CASE("an idempotency key is free again after a day") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto request = rig.request("p1", {{"ms", 10}});
    request.idempotency = claim("k", "b1");
    auto first = rig.try_enqueue(request).value();
    rig.advance(24h + 1ms);
    request.idempotency = claim("k", "b2");
    auto second = rig.try_enqueue(request).value();
    CHECK_FALSE(second.replayed);
    CHECK(second.job.id() != first.job.id());
    CHECK(replayed_id(rig.try_enqueue(request).value()) == second.job.id());
}

TEST_CASE("requests with one idempotency key at the same moment make one job and get one answer") {
    for (const char* type : {"plain", "single"}) {
        INFO(type);
        QueueRig rig;
        rig.define("plain");
        rig.define("single", [](Definition& d) { with_mode(d, DedupeMode::single_flight); });
        rig.start();
        // Of the single-flight type there is a job already: all of these are duplicates of it.
        rig.enqueue("p1", {{"key", "a"}, {"ms", 5000}}, "single");
        std::vector<std::shared_ptr<std::optional<Result<Enqueued>>>> replies;
        for (int i = 0; i < 20; ++i) {
            auto request = rig.request("p1", {{"key", "a"}, {"ms", 50}}, type);
            request.idempotency = claim("k", i % 4 == 3 ? "other body" : "body");
            replies.push_back(rig.later(rig.queue->enqueue(std::move(request))));
        }
        rig.settle();
        std::set<std::string> jobs;
        int refused = 0;
        for (auto& reply : replies) {
            REQUIRE(*reply);
            if (code_of(**reply) == "idempotency_mismatch") {
                ++refused;
                continue;
            }
            const auto& value = (*reply)->value();
            jobs.insert(value.replayed ? members::text(*value.replayed, "jobId") : value.job.id());
        }
        CHECK(jobs.size() == 1);
        CHECK(refused == 5);
    }
}

TEST_CASE("a full project and a full queue are told apart, with a hint when to come back") {
    QueueRig rig;
    rig.settings.max_per_project = 2;
    rig.settings.max_global = 3;
    rig.define();
    rig.restart();
    auto first = rig.enqueue("p1", {{"ms", 3000}});
    rig.enqueue("p1", {{"ms", 30000}});
    rig.finished(first);
    rig.enqueue("p1", {{"ms", 3000}});
    auto project = rig.try_enqueue(rig.request("p1", {}));
    REQUIRE(code_of(project) == "queue_full");
    CHECK(project.error().details.at("scope") == "project");
    CHECK(project.error().details.at("limit") == 2);
    CHECK(project.error().details.at("depth") == 2);
    CHECK(project.error().details.at("retryAfterMs") == 3000);
    auto last = rig.enqueue("p2", {{"ms", 3000}});
    auto global = rig.try_enqueue(rig.request("p3", {}));
    REQUIRE(code_of(global) == "queue_full");
    CHECK(global.error().details.at("scope") == "global");
    CHECK(global.error().details.at("limit") == 3);
    rig.cancel(last).value();
    rig.settle();
    CHECK(code_of(rig.try_enqueue(rig.request("p3", {}))).empty());
}

TEST_CASE("what does not validate is refused with the issues, before anything is stored") {
    QueueRig rig;
    rig.define("strict", [](Definition& d) { d.payload_schema = Schema::object({required("n", Schema::integer(0, 9))}); });
    rig.start();
    auto before = rig.store.commits;
    auto wrong = rig.try_enqueue(rig.request("p1", {{"n", 10}}, "strict"));
    REQUIRE(code_of(wrong) == "invalid_request");
    REQUIRE(wrong.error().issues.size() == 1);
    CHECK(json::serialize(wrong.error().issues[0].path) == R"(["payload","n"])");
    auto unknown = rig.try_enqueue(rig.request("p1", {}, "nothing"));
    CHECK(code_of(unknown) == "invalid_request");
    CHECK(json::serialize(unknown.error().issues.at(0).path) == R"(["type"])");
    for (const char* owner : {"", "pool", "a b", "session:"})
        CHECK(code_of(rig.try_enqueue(rig.request(owner, {{"n", 1}}, "strict"))) == "invalid_request");
    CHECK(rig.store.commits == before);
}

TEST_CASE("a queue that is switched off refuses work and can still be asked") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 10}});
    rig.settings.enabled = false;
    rig.restart();
    CHECK(code_of(rig.try_enqueue(rig.request("p1", {}))) == "queue_disabled");
    CHECK(rig.job(job).id() == job.id());
    CHECK(rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::pause)).error().code == "queue_disabled");
}

#include "web/feed.hpp"
#include "queue/ledger.hpp"
#include "store/open_store.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

namespace {

struct FeedRig {
    Stage stage;
    std::unique_ptr<Store> store = make_store(StoreOptions(StoreDriver::memory, ""));
    Ledger ledger{*store};
    std::unique_ptr<Hub> hub;
    WebCounters counters;
    std::unique_ptr<FeedSources> sources;
    std::shared_ptr<Outbox> outbox;
    std::shared_ptr<Feed> feed;

    FeedRig() {
        stage.wait_for(store->open());
        hub = make_hub(0);
        ledger.attach(*hub);
        auto range = stage.wait_for(store->event_range());
        sources.reset(new FeedSources{*hub, *store, counters, range.epoch});
        outbox = std::make_shared<Outbox>(counters, [] {});
        feed = std::make_shared<Feed>(*sources, outbox, stage.time.alarm(stage.executor()), true);
    }
    ~FeedRig() {
        outbox->close(1000, "", true);
        feed->room_made();
        stage.settle();
        feed->leave();
        stage.wait_for(store->close());
    }

    void tell(int count, const std::string& thread = "t", Audience audience = Audience::thread) {
        for (int i = 0; i < count; ++i) {
            Effects effects;
            effects.events.emplace_back("told", thread, json::object{{"n", i}}, audience);
            REQUIRE(stage.wait_for(ledger.commit(stage.time.wall(), std::move(effects))).has_value());
        }
    }
    /// Live events from that seq on, faster than the store would write them.
    void publish(std::int64_t first, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            Event event = render_event(EventDraft("told", "t", {}), stage.time.wall());
            event.seq = first + std::int64_t(i);
            hub->publish({event});
        }
    }
    void open(std::optional<std::string> thread, std::optional<std::int64_t> since, std::optional<std::string> epoch = {}) {
        Cursor cursor;
        cursor.since = since;
        cursor.epoch = std::move(epoch);
        EventTopics topics;
        if (thread) topics.threads = std::vector<std::string>{*thread};
        stage.nursery.start("open", feed->open(std::move(topics), std::move(cursor)));
        stage.settle();
    }
    void subscribe(std::vector<std::string> threads, std::optional<std::int64_t> since = {}) {
        Cursor cursor;
        cursor.since = since;
        stage.nursery.start("subscribe", feed->subscribe(std::move(threads), std::move(cursor)));
        stage.settle();
    }
    /// What the client reads until nothing more comes.
    std::vector<json::object> read() {
        std::vector<json::object> messages;
        while (auto message = outbox->pop()) {
            messages.push_back(json::parse(*message->text).as_object());
            feed->room_made();
            stage.settle();
        }
        return messages;
    }
    std::vector<std::int64_t> seqs() {
        std::vector<std::int64_t> seqs;
        for (const auto& message : read())
            if (message.at("type") == "told") seqs.push_back(message.at("seq").as_int64());
        return seqs;
    }
};

std::vector<std::int64_t> range(std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> all;
    for (auto i = first; i <= last; ++i) all.push_back(i);
    return all;
}

}  // namespace

TEST_CASE_METHOD(FeedRig, "A newcomer learns the position and hears what comes after it") {
    tell(3);
    open({}, {});
    auto ready = read();
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].at("type") == "ready");
    CHECK(ready[0].at("threadId").is_null());
    CHECK(ready[0].at("seq") == 3);
    tell(2);
    CHECK(seqs() == range(4, 5));
}

TEST_CASE_METHOD(FeedRig, "Since replays all that came after it, then goes live") {
    tell(10);
    open("t", 4);
    tell(2);
    auto messages = read();
    CHECK(messages[0].at("seq") == 10);
    CHECK(messages.size() == 9);
    CHECK(messages.back().at("seq") == 12);
    CHECK(counters.replays == 1);
}

TEST_CASE_METHOD(FeedRig, "A replay waits for its reader, and what happens meanwhile is told after it, once") {
    tell(1200);
    open({}, 0);
    CHECK(outbox->size() == limits::replay_page);
    tell(50);
    CHECK(outbox->size() == limits::replay_page);
    CHECK(seqs() == range(1, 1250));
    tell(1);
    CHECK(seqs() == range(1251, 1251));
}

TEST_CASE_METHOD(FeedRig, "Only the threads that were asked for are replayed and told") {
    for (int i = 0; i < 5; ++i) {
        tell(1, "a");
        tell(1, "b");
    }
    open("a", 2);
    tell(1, "b");
    tell(1, "a");
    CHECK(seqs() == std::vector<std::int64_t>{3, 5, 7, 9, 12});
}

TEST_CASE_METHOD(FeedRig, "Hidden threads are told only to who names them") {
    tell(1, "hidden", Audience::system);
    tell(1, "open");
    open({}, 0);
    tell(1, "hidden", Audience::system);
    CHECK(seqs() == range(2, 2));
    subscribe({"hidden"}, 0);
    CHECK(seqs() == std::vector<std::int64_t>{1, 3});
}

TEST_CASE_METHOD(FeedRig, "A cursor that is ahead of us, or of another epoch, gets resync and goes on live") {
    tell(5);
    SECTION("ahead") { open({}, 6); }
    SECTION("another epoch") { open({}, 2, "another"); }
    tell(1);
    auto messages = read();
    REQUIRE(messages.size() == 3);
    CHECK(messages[1].at("type") == "resync");
    CHECK(messages[1].at("seq") == 5);
    CHECK(messages[1].at("oldest") == 1);
    CHECK(std::string_view(messages[1].at("epoch").as_string()) == sources->epoch);
    CHECK(messages[2].at("seq") == 6);
    CHECK(counters.resyncs == 1);
}

TEST_CASE_METHOD(FeedRig, "A cursor older than what is kept gets resync") {
    tell(20);
    RetentionRules rules;
    rules.event_count = 5;
    while (stage.wait_for(store->retain(rules, stage.time.wall()))) {
    }
    auto kept = stage.wait_for(store->event_range());
    REQUIRE(kept.oldest > 1);
    open({}, kept.oldest - 2);
    CHECK(read().back().at("type") == "resync");
    subscribe({"t"}, kept.oldest - 1);
    CHECK(seqs() == range(kept.oldest, 20));
}

TEST_CASE_METHOD(FeedRig, "Who reads so slowly that too much is held back gets resync instead of memory") {
    tell(600);
    open({}, 0);
    publish(601, limits::replay_buffer + 1);
    auto messages = read();
    CHECK(messages.back().at("type") == "resync");
    CHECK(messages.back().at("seq") == std::int64_t(601 + limits::replay_buffer));
}

TEST_CASE_METHOD(FeedRig, "More than an outbox holds may happen during a replay: a client that reads hears it all") {
    tell(600);
    open({}, 0);
    publish(601, 3 * limits::outbox_messages);
    CHECK(seqs() == range(1, 600 + 3 * limits::outbox_messages));
    CHECK_FALSE(outbox->overflowed());
    publish(3601, 1);
    CHECK(seqs() == range(3601, 3601));
}

TEST_CASE_METHOD(FeedRig, "Who reads too slowly even for what was held back gets resync, and is live after it") {
    tell(1);
    open({}, 0);
    tell(600);
    subscribe({"t"}, 0);
    publish(602, limits::replay_buffer);
    auto first = outbox->pop();
    REQUIRE(first);
    feed->room_made();
    stage.settle();
    publish(602 + std::int64_t(limits::replay_buffer), limits::replay_buffer);
    auto last = 601 + 2 * std::int64_t(limits::replay_buffer);
    auto messages = read();
    CHECK(messages.back().at("type") == "resync");
    CHECK(messages.back().at("seq") == last);
    publish(last + 1, 2);
    CHECK(seqs() == range(last + 1, last + 2));
}

TEST_CASE_METHOD(FeedRig, "A subscription is answered in its place among the events") {
    open({}, {});
    tell(1, "a");
    subscribe({"b"});
    tell(1, "a");
    tell(1, "b");
    auto messages = read();
    REQUIRE(messages.size() == 4);
    CHECK(messages[1].at("seq") == 1);
    CHECK(json::serialize(messages[2]) == R"({"type":"subscribed","threadIds":["b"],"seq":1})");
    CHECK(messages[3].at("seq") == 3);
}

TEST_CASE_METHOD(FeedRig, "After unsubscribe only broadcasts are heard") {
    open("t", {});
    stage.wait_for(feed->unsubscribe());
    tell(1, "t");
    tell(1, "t", Audience::broadcast);
    auto messages = read();
    CHECK(messages[1].at("type") == "unsubscribed");
    CHECK(messages.back().at("seq") == 2);
    CHECK(messages.size() == 3);
}

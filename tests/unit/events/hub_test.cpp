#include "events/hub.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <atomic>
#include <thread>

using namespace lanekeeper;

namespace {

class Ear final : public EventSink {
public:
    void push(const SharedEvent& event) override {
        seqs.push_back(event.seq);
        last = event;
    }
    std::vector<std::int64_t> seqs;
    SharedEvent last;
};

Event event(std::int64_t seq, std::optional<std::string> thread, Audience audience = Audience::thread) {
    auto made = render_event(EventDraft("t", std::move(thread), json::object{{"n", seq}}, audience), from_ms(1));
    made.seq = seq;
    return made;
}

EventInterest all(bool operator_role = false) {
    EventInterest interest;
    interest.operator_role = operator_role;
    return interest;
}

EventInterest only(std::vector<std::string> threads, bool operator_role = false) {
    EventInterest interest;
    interest.threads = std::move(threads);
    interest.operator_role = operator_role;
    return interest;
}

}  // namespace

TEST_CASE("who wants what: every interest against every audience") {
    auto chat = event(1, "chat"), other = event(1, "other"), none = event(1, {});
    auto broadcast = event(1, {}, Audience::broadcast), hidden = event(1, "worker", Audience::system);
    CHECK(wants(all(), chat));
    CHECK(wants(all(), none));
    CHECK(wants(all(), broadcast));
    CHECK_FALSE(wants(all(), hidden));
    CHECK_FALSE(wants(all(true), hidden));
    CHECK(wants(only({"chat"}), chat));
    CHECK_FALSE(wants(only({"chat"}), other));
    CHECK_FALSE(wants(only({"chat"}), none));
    CHECK(wants(only({"chat"}), broadcast));
    CHECK(wants(only({}), broadcast));
    CHECK_FALSE(wants(only({}), chat));
    CHECK_FALSE(wants(only({"worker"}), hidden));
    CHECK(wants(only({"worker"}, true), hidden));
    CHECK_FALSE(wants(only({"chat"}, true), hidden));
}

TEST_CASE("matrix: websocket routing — suggest completion reaches selected session-scoped client") {
    auto hub = make_hub(0);
    auto selected = std::make_shared<Ear>(), unfiltered = std::make_shared<Ear>();
    hub->subscribe(selected, only({"other", "chat"}));
    hub->subscribe(unfiltered, all());
    hub->publish({event(1, "chat")});
    CHECK(selected->seqs == std::vector<std::int64_t>{1});
    CHECK(unfiltered->seqs == std::vector<std::int64_t>{1});
    // Rendered once, shared by all.
    CHECK(selected->last.envelope == unfiltered->last.envelope);
    CHECK(json::parse(*selected->last.envelope).at("threadId") == "chat");
}

TEST_CASE("matrix: websocket routing — no cross-session leakage") {
    auto hub = make_hub(0);
    auto mine = std::make_shared<Ear>(), theirs = std::make_shared<Ear>(), nobody = std::make_shared<Ear>();
    hub->subscribe(mine, only({"mine"}));
    hub->subscribe(theirs, only({"theirs"}));
    hub->subscribe(nobody, only({}));
    hub->publish({event(1, "mine"), event(2, "theirs"), event(3, {}), event(4, "hidden", Audience::system),
                  event(5, {}, Audience::broadcast)});
    CHECK(mine->seqs == std::vector<std::int64_t>{1, 5});
    CHECK(theirs->seqs == std::vector<std::int64_t>{2, 5});
    CHECK(nobody->seqs == std::vector<std::int64_t>{5});
}

TEST_CASE("a thousand subscribers on threads of their own hear exactly their own") {
    auto hub = make_hub(0);
    std::vector<std::shared_ptr<Ear>> ears;
    std::vector<Hub::Token> tokens;
    for (int i = 0; i < 1000; ++i) {
        ears.push_back(std::make_shared<Ear>());
        tokens.push_back(hub->subscribe(ears.back(), only({fmt::format("s{}", i)})).token);
    }
    CHECK(hub->subscribers() == 1000);
    std::int64_t seq = 0;
    for (int round = 0; round < 3; ++round)
        for (int i = 0; i < 1000; ++i) hub->publish({event(++seq, fmt::format("s{}", i))});
    for (int i = 0; i < 1000; ++i) CHECK(ears[std::size_t(i)]->seqs == std::vector<std::int64_t>{i + 1, 1000 + i + 1, 2000 + i + 1});
    for (auto token : tokens) hub->unsubscribe(token);
    CHECK(hub->subscribers() == 0);
    hub->publish({event(++seq, "s1"), event(++seq, {}, Audience::broadcast)});
    CHECK(ears[1]->seqs.size() == 3);
}

TEST_CASE("a subscriber hears exactly what is published after its position") {
    auto hub = make_hub(41);
    CHECK(hub->position() == 41);
    hub->publish({event(42, "a")});
    auto ear = std::make_shared<Ear>();
    auto subscription = hub->subscribe(ear, all());
    CHECK(subscription.position == 42);
    hub->publish({event(43, "a"), event(0, "a"), event(44, "a")});
    CHECK(ear->seqs == std::vector<std::int64_t>{43, 0, 44});
    CHECK(hub->position() == 44);
}

TEST_CASE("an interest is replaced in one step, at a position") {
    auto hub = make_hub(0);
    auto ear = std::make_shared<Ear>();
    auto token = hub->subscribe(ear, only({"a"})).token;
    hub->publish({event(1, "a"), event(2, "b")});
    auto changed = hub->change(token, only({"b"}));
    CHECK(changed.token == token);
    CHECK(changed.position == 2);
    hub->publish({event(3, "a"), event(4, "b")});
    hub->change(token, all());
    hub->publish({event(5, "c")});
    CHECK(ear->seqs == std::vector<std::int64_t>{1, 4, 5});
    CHECK(hub->subscribers() == 1);
    hub->unsubscribe(token);
    hub->unsubscribe(token);
    CHECK(hub->change(token, all()).position == 5);
    hub->publish({event(6, "c")});
    CHECK(ear->seqs.size() == 3);
}

TEST_CASE("a subscriber that names a thread twice hears its events once") {
    auto hub = make_hub(0);
    auto ear = std::make_shared<Ear>();
    auto token = hub->subscribe(ear, only({"a", "a"})).token;
    hub->publish({event(1, "a")});
    CHECK(ear->seqs.size() == 1);
    hub->unsubscribe(token);
    CHECK(hub->subscribers() == 0);
}

TEST_CASE("a subscriber that died is forgotten with the next event that would have reached it") {
    auto hub = make_hub(0);
    auto ear = std::make_shared<Ear>();
    hub->subscribe(ear, only({"a"}));
    ear.reset();
    hub->publish({event(1, "b")});
    CHECK(hub->subscribers() == 1);
    hub->publish({event(2, "a"), event(3, "a")});
    CHECK(hub->subscribers() == 0);
}

TEST_CASE("the last owner may let go of a subscriber while it is being told, and it may unsubscribe as it dies") {
    auto hub = make_hub(0);
    struct Leaving final : EventSink {
        Hub* hub = nullptr;
        Hub::Token token = 0;
        std::shared_ptr<EventSink>* owner = nullptr;
        void push(const SharedEvent&) override { owner->reset(); }
        ~Leaving() override { hub->unsubscribe(token); }
    };
    auto leaving = std::make_shared<Leaving>();
    leaving->hub = hub.get();
    std::shared_ptr<EventSink> owner = leaving;
    leaving->owner = &owner;
    leaving->token = hub->subscribe(owner, all()).token;
    leaving.reset();
    hub->publish({event(1, "a"), event(2, "a")});
    CHECK_FALSE(owner);
    CHECK(hub->subscribers() == 0);
}

TEST_CASE("subscribers come and go on many threads while events are published in order") {
    auto hub = make_hub(0);
    std::atomic<bool> done{false};
    auto steady = std::make_shared<Ear>();
    hub->subscribe(steady, only({"s1"}));
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&hub, &done, t] {
            while (!done) {
                auto ear = std::make_shared<Ear>();
                auto subscription = hub->subscribe(ear, only({fmt::format("s{}", t)}));
                hub->change(subscription.token, all());
                hub->unsubscribe(subscription.token);
            }
        });
    for (std::int64_t seq = 1; seq <= 2000; ++seq) hub->publish({event(seq, fmt::format("s{}", seq % 4))});
    done = true;
    for (auto& thread : threads) thread.join();
    CHECK(steady->seqs.size() == 500);
    CHECK(std::is_sorted(steady->seqs.begin(), steady->seqs.end()));
    CHECK(hub->subscribers() == 1);
}

TEST_CASE("whoever asks for a job or a workflow hears what is about it, once, and the broadcasts") {
    EventDraft draft("t", "chat", json::object{});
    draft.job_id = "job_1";
    draft.workflow_id = "flow";
    auto about = render_event(draft, from_ms(1));
    about.seq = 1;
    EventInterest job, workflow, other, several = only({"chat"});
    job.jobs = {"job_1"};
    workflow.workflows = {"flow"};
    other.jobs = {"flow", "job_2"};
    several.jobs = {"job_1"};
    several.workflows = {"flow"};
    auto hub = make_hub(0);
    std::vector<std::shared_ptr<Ear>> ears;
    for (const auto& interest : {job, workflow, other, several}) {
        ears.push_back(std::make_shared<Ear>());
        hub->subscribe(ears.back(), interest);
    }
    hub->publish({about, event(2, "elsewhere"), event(3, {}, Audience::broadcast)});
    CHECK(ears[0]->seqs == std::vector<std::int64_t>{1, 3});
    CHECK(ears[1]->seqs == std::vector<std::int64_t>{1, 3});
    CHECK(ears[2]->seqs == std::vector<std::int64_t>{3});
    CHECK(ears[3]->seqs == std::vector<std::int64_t>{1, 3});
}

TEST_CASE("a hidden session's events are heard by nobody who asks for the job that they are about") {
    auto hidden = event(1, "worker", Audience::system);
    hidden.job_id = "job_1";
    EventInterest job = only({}, true);
    job.jobs = {"job_1"};
    CHECK_FALSE(wants(job, hidden));
}

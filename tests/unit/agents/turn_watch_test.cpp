#include "agents/turn_signal.hpp"
#include "agents/turn_watch.hpp"

#include "runtime/notices.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;
using What = TurnVerdict::What;

namespace {

const MonoTime start = MonoTime{} + 1h;

TurnSignal item(std::string id, std::string text = "") {
    TurnSignal signal;
    signal.kind = TurnSignal::Kind::item;
    signal.turn_id = "turn";
    signal.item_id = std::move(id);
    signal.made_by_agent = true;
    signal.item_ended = true;
    signal.text = std::move(text);
    return signal;
}

TurnSignal ended(TurnStatus status) {
    TurnSignal signal;
    signal.kind = TurnSignal::Kind::ended;
    signal.turn_id = "turn";
    signal.status = status;
    return signal;
}

TurnView view(TurnStatus status, std::string text = "", std::size_t items = 0) {
    TurnView view;
    view.turn_id = "turn";
    view.status = status;
    view.text = std::move(text);
    view.items = items;
    return view;
}

TurnWatch watch(SettleRules rules = SettleRules()) { return TurnWatch("turn", rules, start); }

}  // namespace

TEST_CASE("a notice that a turn has ended settles it, with the text of its last message") {
    auto w = watch();
    w.heard(item("a", "first"), start + 10ms);
    w.heard(item("b", "second"), start + 20ms);
    w.heard(ended(TurnStatus::completed), start + 30ms);
    auto verdict = w.verdict(start + 30ms);
    CHECK(verdict.what == What::settled);
    CHECK(verdict.end.status == TurnStatus::completed);
    CHECK(verdict.end.text == "second");
}

TEST_CASE("a turn that completed without a text that we heard is read once") {
    auto w = watch();
    w.heard(ended(TurnStatus::completed), start + 30ms);
    CHECK(w.verdict(start + 30ms).what == What::read);
    w.read(view(TurnStatus::completed, "found by reading"), start + 31ms);
    auto verdict = w.verdict(start + 31ms);
    CHECK(verdict.what == What::settled);
    CHECK(verdict.end.text == "found by reading");

    auto empty = watch();
    empty.heard(ended(TurnStatus::completed), start + 30ms);
    empty.nobody_there(start + 31ms);
    CHECK(empty.verdict(start + 31ms).what == What::settled);
}

TEST_CASE("an item that completes after its turn did still brings its text") {
    auto w = watch();
    w.heard(ended(TurnStatus::completed), start + 30ms);
    w.heard(item("a", "late"), start + 30ms);
    CHECK(w.verdict(start + 30ms).end.text == "late");
}

TEST_CASE("a failed turn settles with its error, and needs no reading") {
    auto w = watch();
    auto signal = ended(TurnStatus::failed);
    signal.error = "no credit";
    signal.quota = true;
    w.heard(signal, start + 1s);
    auto verdict = w.verdict(start + 1s);
    CHECK(verdict.what == What::settled);
    CHECK(verdict.end.error == "no credit");
    CHECK(verdict.end.quota);
}

TEST_CASE("without a signal for the poll interval the turn is read, and signals put the reading off") {
    auto w = watch();
    CHECK(w.verdict(start + 349ms).what == What::wait);
    CHECK(w.verdict(start + 349ms).until == start + 350ms);
    CHECK(w.verdict(start + 350ms).what == What::read);
    w.heard(item("a"), start + 350ms);
    CHECK(w.verdict(start + 600ms).what == What::wait);
    w.read(view(TurnStatus::in_progress), start + 700ms);
    CHECK(w.verdict(start + 1049ms).what == What::wait);
    CHECK(w.verdict(start + 1050ms).what == What::read);
}

TEST_CASE("signals of other turns are nobody's progress") {
    auto w = watch();
    auto other = item("a", "not ours");
    other.turn_id = "another";
    for (auto at = start; at < start + 8s; at += 100ms) w.heard(other, at);
    auto verdict = w.verdict(start + 8s);
    CHECK(verdict.what == What::give_up);
    CHECK(verdict.reason.find("no item progress") != std::string::npos);
}

TEST_CASE("a read that says ended is believed only after a quiet while") {
    auto w = watch();
    w.heard(item("a"), start + 100ms);
    w.read(view(TurnStatus::completed, "done", 2), start + 500ms);
    CHECK(w.verdict(start + 3499ms).what != What::settled);
    auto verdict = w.verdict(start + 3500ms);
    CHECK(verdict.what == What::settled);
    CHECK(verdict.end.text == "done");
}

TEST_CASE("progress renews the doubt about a read that says ended, and a read that says running ends it") {
    auto w = watch();
    w.read(view(TurnStatus::completed, "done", 2), start + 500ms);
    w.heard(item("b"), start + 3s);
    CHECK(w.verdict(start + 4s).what != What::settled);
    CHECK(w.verdict(start + 6s).what == What::settled);
    w.read(view(TurnStatus::in_progress, "", 3), start + 4s);
    CHECK(w.verdict(start + 6s).what != What::settled);
}

TEST_CASE("a turn that cannot be read is given up after its grace") {
    auto w = watch();
    w.read({}, start + 400ms);
    CHECK(w.verdict(start + 3399ms).what != What::give_up);
    auto verdict = w.verdict(start + 3400ms);
    CHECK(verdict.what == What::give_up);
    CHECK(verdict.reason.starts_with("turn_unreadable"));

    w.heard(item("a"), start + 3s);
    CHECK(w.verdict(start + 3400ms).what != What::give_up);
}

TEST_CASE("a running turn without an item is given up after its grace; one item is enough to go on") {
    auto w = watch();
    w.read(view(TurnStatus::in_progress, "", 1), start + 7s);
    CHECK(w.verdict(start + 8s).what == What::give_up);
    w.heard(item("a"), start + 8s);
    w.read(view(TurnStatus::in_progress, "", 1), start + 60s);
    CHECK(w.verdict(start + 60s).what == What::wait);
}

TEST_CASE("no turn takes longer than the turn timeout") {
    auto w = watch();
    w.heard(item("a"), start + 179s);
    CHECK(w.verdict(start + 180s).what == What::give_up);
    CHECK(w.verdict(start + 180s).reason.starts_with("turn_timeout"));
}

TEST_CASE("when the time for an answer has passed the caller goes on with what there is") {
    SettleRules rules;
    rules.answer_within = 12s;
    auto w = watch(rules);
    w.heard(item("a", "half an answer"), start + 11s);
    w.read(view(TurnStatus::in_progress), start + 11s + 900ms);
    CHECK(w.verdict(start + 11s + 950ms).until == start + 12s);
    auto verdict = w.verdict(start + 12s);
    CHECK(verdict.what == What::out_of_time);
    CHECK(verdict.end.text == "half an answer");
}

TEST_CASE("a turn that is given up says what the runtime had trouble with, which is no progress") {
    auto w = watch();
    RuntimeNotice error("error", json::parse(R"({"threadId": "thread", "turnId": "turn", "willRetry": true,
        "error": {"message": "stream disconnected"}})").as_object());
    auto trouble = read_signal(error);
    REQUIRE(trouble);
    w.heard(*trouble, start + 7s);
    auto verdict = w.verdict(start + 8s);
    CHECK(verdict.what == What::give_up);
    CHECK(verdict.reason == "turn_stalled: made no item progress; the runtime says: stream disconnected");
}

TEST_CASE("after the runtime died, what it then says of the turn decides at once") {
    auto completed = watch();
    completed.nobody_there(start + 400ms);
    CHECK(completed.verdict(start + 10s).what == What::read);
    completed.read(view(TurnStatus::completed, "done"), start + 10s);
    CHECK(completed.verdict(start + 10s).what == What::settled);

    auto absent = watch();
    absent.nobody_there(start + 400ms);
    absent.read({}, start + 10s);
    CHECK(absent.verdict(start + 10s).what == What::give_up);
    CHECK(absent.verdict(start + 10s).reason.starts_with("runtime_died"));

    CHECK_FALSE(absent.verdict(start + 10s).nobody_can_tell);

    auto away = watch();
    away.nobody_there(start + 400ms);
    CHECK(away.verdict(start + 1h).what == What::give_up);
    CHECK(away.verdict(start + 1h).nobody_can_tell);

    auto running = watch();
    running.nobody_there(start + 400ms);
    running.read(view(TurnStatus::in_progress, "", 3), start + 10s);
    CHECK(running.verdict(start + 10s).what == What::wait);
}

TEST_CASE("whatever a turn does, a verdict to wait always ends later than now") {
    SettleRules rules;
    rules.answer_within = 12s;
    auto w = watch(rules);
    for (auto at = start; at < start + 200s; at += 7ms) {
        auto verdict = w.verdict(at);
        if (verdict.what == What::wait) CHECK(verdict.until > at);
        if (verdict.what == What::read) w.read(view(TurnStatus::in_progress, "", 2), at);
    }
}

TEST_CASE("notices of the app server's shape are read as signals, others as nothing") {
    auto signal = read_signal(notices::turn_started("t", "turn"));
    REQUIRE(signal);
    CHECK(signal->kind == TurnSignal::Kind::started);
    CHECK(signal->thread_id == "t");
    CHECK(signal->turn_id == "turn");

    signal = read_signal(notices::item_completed("t", "turn", notices::agent_message("i", "hello", "builtin")));
    REQUIRE(signal);
    CHECK(signal->text == "hello");
    CHECK(signal->source == "builtin");
    CHECK(signal->made_by_agent);
    signal = read_signal(notices::item_started("t", "turn", notices::user_message("i", "hi", "")));
    REQUIRE(signal);
    CHECK_FALSE(signal->made_by_agent);

    TurnView failed = view(TurnStatus::failed);
    failed.error = "limit";
    auto notice = notices::turn_completed("t", failed, {});
    notice.params.at("turn").at("error").as_object()["codexErrorInfo"] = "usageLimitExceeded";
    signal = read_signal(notice);
    REQUIRE(signal);
    CHECK(signal->status == TurnStatus::failed);
    CHECK(signal->quota);

    CHECK_FALSE(read_signal(RuntimeNotice("turn/completed", {})));
    CHECK_FALSE(read_signal(RuntimeNotice("thread/started", json::object{{"threadId", "t"}})));
    CHECK_FALSE(read_signal(RuntimeNotice("turn/completed", json::object{{"threadId", "t"}, {"turn", "odd"}})));
}

TEST_CASE("the tokens of a turn are those of its own calls of the model, however many, and none where none are counted") {
    auto used = [](TokenCount total, TokenCount last) {
        TurnSignal signal;
        signal.kind = TurnSignal::Kind::usage;
        signal.turn_id = "turn";
        signal.thread_total = total;
        signal.last_call = last;
        return signal;
    };
    auto w = watch();
    w.heard(used({1100, 210}, {100, 10}), start + 10ms);
    w.heard(used({1100, 210}, {100, 10}), start + 11ms);  // told twice
    w.heard(used({1350, 260}, {250, 50}), start + 20ms);
    w.heard(item("a", "text"), start + 30ms);
    w.heard(ended(TurnStatus::completed), start + 40ms);
    CHECK(w.verdict(start + 40ms).end.tokens == TokenCount(350, 60));
    auto silent = watch();
    silent.heard(item("a", "text"), start + 10ms);
    silent.heard(ended(TurnStatus::completed), start + 20ms);
    CHECK_FALSE(silent.verdict(start + 20ms).end.tokens);
}

TEST_CASE("a notice of used tokens is read with its turn") {
    json::object counted{{"total", {{"inputTokens", 30}, {"outputTokens", 7}}}, {"last", {{"inputTokens", 10}, {"outputTokens", 5}}}};
    RuntimeNotice notice("thread/tokenUsage/updated", {{"threadId", "t"}, {"turnId", "turn"}, {"tokenUsage", counted}});
    auto signal = read_signal(notice);
    REQUIRE(signal);
    CHECK(signal->kind == TurnSignal::Kind::usage);
    CHECK(signal->thread_total == TokenCount(30, 7));
    CHECK(signal->last_call == TokenCount(10, 5));
    notice.params.erase("turnId");
    CHECK_FALSE(read_signal(notice));
}

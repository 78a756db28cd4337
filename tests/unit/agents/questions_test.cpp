#include "agents/questions.hpp"

#include "runtime/scripted/scripted_runtime.hpp"
#include "store/memory/memory_store.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"

#include <algorithm>

using namespace lanekeeper;

namespace {

using Answered = Result<Question>;

Task<void> keep(Task<Answered> answering, std::vector<Answered>& answers) {
    auto answered = co_await std::move(answering);
    answers.push_back(std::move(answered));
}

/// One chat on the scripted runtime, of which people are asked.
struct Asking {
    Asking() {
        stage.wait_for(store.open());
        stage.wait_for(runtime.start());
        NewSession wanted;
        chat = stage.wait_for(sessions.create(wanted)).value().session.id;
    }
    ~Asking() {
        stage.wait_for(questions.stop());
        stage.wait_for(sessions.stop());
        stage.wait_for(runtime.stop());
    }
    Stage stage;
    Settings settings;
    SeededRandom random{3};
    MemoryStore store{stage.time};
    Ledger ledger{store};
    scripted::ScriptedRuntime runtime{stage.executor(), stage.time, [](const TurnRequest&) { return scripted::TurnScript(); }};
    Sessions sessions{stage.executor(), settings, stage.time, random, ledger, runtime};
    Questions questions{stage.executor(), sessions};
    std::string chat;
    std::vector<Answered> answers;

    std::string ask(const std::string& key) {
        RuntimeQuestion question;
        question.key = key;
        question.method = "item/fileChange/requestApproval";
        question.params = json::object{{"threadId", chat}, {"turnId", "turn"}};
        runtime.ask(question);
        stage.settle();
        auto waiting = stage.wait_for(questions.waiting(chat, QuestionKind::approval));
        return std::string(waiting.back().as_object().at("approvalId").as_string());
    }
    /// All of them at once.
    void answer(const std::string& id, int people) {
        for (int i = 0; i < people; ++i) {
            auto answering = questions.answer(id, QuestionKind::approval, json::object{{"decision", "decline"}});
            stage.nursery.start("person", keep(std::move(answering), answers));
        }
        stage.settle();
    }
    std::vector<std::string> outcomes() const {
        std::vector<std::string> words;
        for (const auto& answered : answers) words.push_back(answered ? "answered" : answered.error().code);
        std::sort(words.begin(), words.end());
        return words;
    }
};

}  // namespace

TEST_CASE("of those who answer a question at once one decides, and the others find it settled") {
    Asking house;
    house.answer(house.ask("q"), 3);
    CHECK(house.outcomes() == std::vector<std::string>{"answered", "reconciled", "reconciled"});
    house.answers.clear();
    auto second = house.ask("r");
    house.answer(second, 1);
    house.answer(second, 1);
    CHECK(house.outcomes() == std::vector<std::string>{"answered", "reconciled"});
}

TEST_CASE("a question that the runtime has settled meanwhile is settled for all who answer at once") {
    Asking house;
    auto id = house.ask("q");
    house.runtime.world().answers.clear();
    house.answer(id, 2);
    CHECK(house.outcomes() == std::vector<std::string>{"reconciled", "reconciled"});
}

TEST_CASE("what waited when a process died is over for the next one, and it says so once") {
    Asking house;
    auto id = house.ask("q");
    Questions next(house.stage.executor(), house.sessions);
    house.stage.wait_for(next.start());
    auto told = [&] {
        auto page = house.stage.wait_for(house.store.events(0, 1000, EventFilter(), 1000));
        return std::count_if(page.events.begin(), page.events.end(), [&](const auto& event) {
            if (event.type != "approval_resolved") return false;
            auto payload = json::parse(event.envelope()).at("payload");
            return payload.at("approvalId").as_string() == id && payload.at("status").as_string() == "expired";
        });
    };
    CHECK(told() == 1);
    auto late = house.stage.wait_for(next.answer(id, QuestionKind::approval, json::object{{"decision", "accept"}}));
    REQUIRE_FALSE(late.has_value());
    CHECK(late.error().code == "reconciled");
    house.stage.wait_for(next.start());
    CHECK(told() == 1);
}

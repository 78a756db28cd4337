#pragma once
#include "agents/run_turn.hpp"
#include "runtime/scripted/scripted_runtime.hpp"
#include "support/fake_run_context.hpp"
#include "support/run.hpp"

#include <exception>
#include <optional>
#include <string>

namespace lanekeeper {

inline Task<void> keep_result(Task<TurnResult> running, std::optional<TurnResult>& result) {
    result = co_await std::move(running);
}

/// One run of one turn on the scripted runtime, under manual time.
struct TurnRig {
    explicit TurnRig(scripted::TurnScript script_) : script(script_) { stage.wait_for(runtime.start()); }
    ~TurnRig() {
        stage.nursery.cancel_all(asio::cancellation_type::terminal);
        stage.settle();
        stage.wait_for(runtime.stop());
    }

    Stage stage;
    scripted::TurnScript script;
    scripted::ScriptedRuntime runtime{stage.executor(), stage.time, [this](const TurnRequest&) { return script; }};
    TurnFeed feed{runtime, stage.time};
    std::shared_ptr<FakeRunContext> context = make_context();
    SettleRules rules;
    std::optional<TurnResult> result;
    std::exception_ptr failure;
    bool ended = false;
    std::shared_ptr<Nursery::Child> child;

    std::shared_ptr<FakeRunContext> make_context() {
        Job job;
        job.key = 1;
        job.run = 3;
        return std::make_shared<FakeRunContext>(job, stage.time, runtime, stage.executor());
    }
    void begin() {
        TurnRequest request;
        request.thread_id = "t";
        request.text = "work";
        auto running = run_turn(feed, context, std::move(request), rules);
        child = stage.nursery.start("run", keep_result(std::move(running), result), [this](std::exception_ptr error) {
            failure = error;
            ended = true;
        });
        stage.settle();
    }
    void finish() {
        begin();
        stage.time.run_until(stage.context, [this] { return ended; });
    }
    std::string why() {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const std::exception& e) {
            return e.what();
        }
        return "";
    }
    bool fatal() {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const JobFailure& e) {
            return e.error_class() == ErrorClass::fatal;
        } catch (const std::exception&) {
            return false;
        }
        return false;
    }
    const scripted::PlayedTurn& turn() { return *runtime.world().turns.front(); }
};

}  // namespace lanekeeper

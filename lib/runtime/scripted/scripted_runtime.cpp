#include "runtime/scripted/scripted_runtime.hpp"

#include "runtime/call_on.hpp"
#include "runtime/notices.hpp"

#include <fmt/format.h>

#include <boost/asio/strand.hpp>

#include <algorithm>

namespace lanekeeper::scripted {
namespace {

// Lets others wake a turn for as long as its coroutine lives.
class Bell {
public:
    Bell(std::shared_ptr<PlayedTurn> turn, std::unique_ptr<Alarm> alarm) : turn_(std::move(turn)), alarm_(std::move(alarm)) {
        turn_->alarm = alarm_.get();
    }
    ~Bell() { turn_->alarm = nullptr; }
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;

private:
    std::shared_ptr<PlayedTurn> turn_;
    std::unique_ptr<Alarm> alarm_;
};

}  // namespace

ScriptedRuntime::ScriptedRuntime(asio::any_io_executor executor, TimeSource& time, Chooser chooser,
                                 std::shared_ptr<World> world)
    : strand_(asio::make_strand(executor)), time_(time), chooser_(std::move(chooser)), world_(std::move(world)),
      turns_(std::make_unique<Nursery>(strand_, "scripted runtime")) {
    world_->lose_running();  // of a runtime before this one
}

void ScriptedRuntime::die(Millis down_for) {
    ++world_->deaths;
    down_until_ = time_.mono() + down_for;
    world_->lose_running();
    for (const auto& turn : world_->turns)
        if (turn->alarm) turn->alarm->wake();
}

json::object ScriptedRuntime::describe() const {
    json::object about;
    about["adapter"] = name();
    about["running"] = available();
    return about;
}

bool ScriptedRuntime::available() const { return running_ && time_.mono() >= down_until_; }

Task<void> ScriptedRuntime::start() {
    running_ = true;
    co_return;
}

Task<void> ScriptedRuntime::stop() {
    auto halt = [this] {
        running_ = false;
        turns_->cancel_all(asio::cancellation_type::terminal);
        return true;
    };
    co_await call_on(strand_, halt);
    bool busy = true;
    while (busy) {
        auto look = [this] { return turns_->size() > 0; };
        busy = co_await call_on(strand_, look);
    }
}

void ScriptedRuntime::require_available() const {
    if (available()) return;
    auto left = std::chrono::duration_cast<Millis>(down_until_ - time_.mono());
    throw RuntimeUnavailable("the scripted runtime is down", int(std::clamp<std::int64_t>(left.count(), 1, 5000)));
}

Task<void> ScriptedRuntime::touch() {
    auto check = [this] {
        require_available();
        return true;
    };
    co_await call_on(strand_, check);
}

Task<std::string> ScriptedRuntime::start_thread(ThreadOptions) {
    auto make = [this] {
        require_available();
        return fmt::format("thread_{}", ++world_->threads);
    };
    return call_on(strand_, make);
}

Task<std::string> ScriptedRuntime::fork_thread(std::string) { return start_thread({}); }
Task<void> ScriptedRuntime::resume_thread(std::string) { return touch(); }
Task<void> ScriptedRuntime::archive_thread(std::string) { return touch(); }
Task<void> ScriptedRuntime::unarchive_thread(std::string) { return touch(); }
Task<void> ScriptedRuntime::rename_thread(std::string, std::string) { return touch(); }
Task<void> ScriptedRuntime::revert_thread(std::string, int) { return touch(); }
Task<void> ScriptedRuntime::compact_thread(std::string) { return touch(); }

Task<void> ScriptedRuntime::note(std::vector<std::string>& list, std::string thread_id) {
    auto add = [this, &list, thread_id = std::move(thread_id)] {
        require_available();
        list.push_back(thread_id);
        return true;
    };
    co_await call_on(strand_, std::move(add));
}

Task<void> ScriptedRuntime::unload_thread(std::string thread_id) { return note(world_->unloaded, std::move(thread_id)); }
Task<void> ScriptedRuntime::delete_thread(std::string thread_id) { return note(world_->deleted, std::move(thread_id)); }

bool ScriptedRuntime::ask(const RuntimeQuestion& question) {
    world_->answers[question.key] = nullptr;
    return people_.asked && people_.asked(question);
}

Task<void> ScriptedRuntime::answer_question(std::string key, json::value answer) {
    auto note = [this, key = std::move(key), answer = std::move(answer)] {
        require_available();
        auto open = world_->answers.find(key);
        if (open == world_->answers.end() || !open->second.is_null()) throw RuntimeRefusal("invalid_state", "nothing is asked");
        open->second = answer;
        return true;
    };
    co_await call_on(strand_, note);
}

Task<json::value> ScriptedRuntime::call(std::string method, json::object) {
    throw RuntimeRefusal("method_not_supported", "the scripted runtime does not know " + method);
    co_return json::value();
}

Task<std::string> ScriptedRuntime::start_turn(TurnRequest request) {
    auto begin = [this, request = std::move(request)]() mutable { return begin_turn(std::move(request)); };
    auto turn = co_await call_on(strand_, std::move(begin));
    auto delay = turn->script.answer_after;
    if (delay > Millis{0}) co_await pause_for(time_, delay);
    if (turn->lost) throw RuntimeUnavailable("the scripted runtime died");
    co_return turn->view.turn_id;
}

ScriptedRuntime::TurnPtr ScriptedRuntime::begin_turn(TurnRequest request) {
    require_available();
    if (world_->active_in(request.thread_id)) throw RuntimeRefusal("invalid_state", "the thread is busy");
    auto script = chooser_(request);
    if (script.start == TurnScript::Start::refuse) throw RuntimeRefusal("invalid_params", "scripted refusal");
    if (script.start == TurnScript::Start::unavailable) throw RuntimeUnavailable("scripted outage", 200);
    auto turn = std::make_shared<PlayedTurn>();
    turn->thread_id = request.thread_id;
    turn->script = std::move(script);
    turn->view.turn_id = fmt::format("turn_{}", world_->turns.size() + 1);
    turn->view.client_message_id = request.client_message_id;
    ++world_->starts_by_client[request.client_message_id];
    turn->request = std::move(request);
    world_->turns.push_back(turn);
    turns_->start(turn->view.turn_id, play(turn));
    return turn;
}

Task<void> ScriptedRuntime::steer_turn(std::string thread_id, std::string turn_id, std::string text,
                                       std::string client_message_id) {
    auto steer = [this, thread_id = std::move(thread_id), turn_id = std::move(turn_id), text = std::move(text),
                  client_message_id = std::move(client_message_id)] {
        require_available();
        auto turn = world_->active_in(thread_id);
        if (!turn || turn->view.turn_id != turn_id) throw RuntimeRefusal("invalid_state", "no active turn to steer");
        turn->request.text += "\n\n" + text;
        auto item = notices::user_message(client_message_id + "_item", text, client_message_id);
        emit(*turn, notices::item_completed(turn->thread_id, turn_id, std::move(item)));
        return true;
    };
    co_await call_on(strand_, std::move(steer));
}

Task<void> ScriptedRuntime::interrupt_turn(std::string thread_id, std::string turn_id) {
    auto interrupt = [this, thread_id = std::move(thread_id), turn_id = std::move(turn_id)] {
        require_available();
        auto turn = world_->active_in(thread_id);
        if (!turn || turn->view.turn_id != turn_id) throw RuntimeRefusal("invalid_state", "no active turn to interrupt");
        ++turn->interrupts;
        if (!turn->started || turn->interrupts <= turn->script.refused_interrupts)
            throw RuntimeRefusal("invalid_state", "no active turn to interrupt");
        if (turn->script.ignores_interrupt || turn->stops_at) return true;
        turn->stops_at = time_.mono() + turn->script.interrupt_takes;
        turn->alarm->wake();
        return true;
    };
    co_await call_on(strand_, std::move(interrupt));
}

Task<std::optional<TurnView>> ScriptedRuntime::read_turn(std::string thread_id, std::string turn_id) {
    auto read = [this, thread_id = std::move(thread_id), turn_id = std::move(turn_id)]() -> std::optional<TurnView> {
        require_available();
        auto turn = world_->find(turn_id);
        if (!turn || turn->thread_id != thread_id || turn->absent) return {};
        return turn->view;
    };
    return call_on(strand_, std::move(read));
}

Task<std::optional<TurnView>> ScriptedRuntime::turn_of_message(std::string thread_id, std::string client_message_id) {
    auto look = [this, thread_id = std::move(thread_id),
                 client_message_id = std::move(client_message_id)]() -> std::optional<TurnView> {
        require_available();
        std::optional<TurnView> found;  // the newest
        for (const auto& turn : world_->turns) {
            bool asked = turn->thread_id == thread_id && turn->view.client_message_id == client_message_id;
            if (asked && !turn->absent) found = turn->view;
        }
        return found;
    };
    return call_on(strand_, std::move(look));
}

void ScriptedRuntime::emit(const PlayedTurn& turn, const RuntimeNotice& notice) {
    if (turn.script.silent) return;
    for (int times = turn.script.duplicate ? 2 : 1; times > 0; --times)
        for (const auto& listener : listeners_) listener(notice);
}

// ---- a turn, on the strand

Task<void> ScriptedRuntime::play(TurnPtr turn) {
    Bell bell(turn, time_.alarm(strand_));
    auto starts = time_.mono() + turn->script.answer_after + turn->script.started_after;
    co_await wait_until(turn, starts);
    if (turn->lost) co_return;
    turn->started = true;
    emit(*turn, notices::turn_started(turn->thread_id, turn->view.turn_id));
    auto item = notices::user_message(turn->view.turn_id + "_user", turn->request.text, turn->request.client_message_id);
    emit(*turn, notices::item_completed(turn->thread_id, turn->view.turn_id, std::move(item)));
    turn->view.items = 1;
    co_await run_to_end(turn);
}

// Until the deadline, an interrupt that is obeyed, or the runtime's death.
Task<void> ScriptedRuntime::wait_until(TurnPtr turn, MonoTime deadline) {
    for (;;) {
        auto until = turn->stops_at ? std::min(*turn->stops_at, deadline) : deadline;
        if (turn->lost || time_.mono() >= until) co_return;
        co_await turn->alarm->wait_until(until);
    }
}

Task<void> ScriptedRuntime::run_to_end(TurnPtr turn) {
    bool hangs = turn->script.end == TurnScript::End::hang;
    auto deadline = hangs ? MonoTime::max() : time_.mono() + turn->script.ends_after;
    for (;;) {
        co_await wait_until(turn, deadline);
        if (turn->lost) co_return;
        bool stopped = turn->stops_at && time_.mono() >= *turn->stops_at;
        if (stopped && restart(*turn)) continue;
        if (stopped) end_turn(*turn, TurnStatus::interrupted);
        else end_as_scripted(*turn);
        co_return;
    }
}

bool ScriptedRuntime::restart(PlayedTurn& turn) {
    if (turn.script.restarts == 0) return false;
    --turn.script.restarts;
    turn.stops_at.reset();
    emit(turn, notices::turn_started(turn.thread_id, turn.view.turn_id));
    return true;
}

void ScriptedRuntime::end_as_scripted(PlayedTurn& turn) {
    switch (turn.script.end) {
        case TurnScript::End::hang:
        case TurnScript::End::reply: end_turn(turn, TurnStatus::completed); break;
        case TurnScript::End::fail: end_turn(turn, TurnStatus::failed); break;
        case TurnScript::End::die: die(turn.script.down_for); break;
    }
}

void ScriptedRuntime::end_turn(PlayedTurn& turn, TurnStatus status) {
    turn.view.status = status;
    std::vector<json::object> items;
    std::vector<RuntimeNotice> last;
    const auto& id = turn.view.turn_id;
    if (status == TurnStatus::failed) turn.view.error = turn.script.error;
    if (status == TurnStatus::completed) {
        turn.view.text = turn.script.text;
        turn.view.items = 2;
        items.push_back(notices::agent_message(id + "_reply", turn.script.text, "scripted"));
        last.push_back(notices::message_delta(turn.thread_id, id, id + "_reply", turn.script.text));
        last.push_back(notices::item_completed(turn.thread_id, id, items.back()));
    }
    last.push_back(notices::turn_completed(turn.thread_id, turn.view, std::move(items)));
    if (turn.script.reorder) std::reverse(last.begin(), last.end());
    for (const auto& notice : last) emit(turn, notice);
}

}  // namespace lanekeeper::scripted

#include "runtime/builtin/builtin_runtime.hpp"

#include "runtime/builtin/answer.hpp"
#include "runtime/call_on.hpp"
#include "runtime/notices.hpp"

#include <boost/asio/strand.hpp>

namespace lanekeeper {

using builtin::Turn;

namespace {

const char* const source_word = "builtin";

std::shared_ptr<Turn> make_turn(TurnRequest request, std::string turn_id) {
    auto turn = std::make_shared<Turn>();
    turn->thread_id = request.thread_id;
    turn->view.turn_id = std::move(turn_id);
    turn->view.client_message_id = request.client_message_id;
    turn->request = std::move(request);
    return turn;
}

}  // namespace

BuiltinRuntime::BuiltinRuntime(asio::any_io_executor executor, TimeSource& time, Random& random, BuiltinOptions options)
    : strand_(asio::make_strand(executor)), time_(time), ids_(random), options_(options),
      turns_(strand_, "builtin runtime") {}

json::object BuiltinRuntime::describe() const {
    json::object about;
    about["adapter"] = name();
    about["running"] = available();
    about["activeTurns"] = active_.load();
    return about;
}

std::map<std::string, std::string> BuiltinRuntime::capabilities() const {
    std::map<std::string, std::string> methods;
    for (auto* able : {"thread/start", "thread/resume", "thread/fork", "thread/archive", "thread/unarchive",
                       "thread/delete", "thread/name/set", "thread/revert", "turn/start", "turn/steer",
                       "turn/interrupt", "turn/read"})
        methods[able] = "available";
    for (auto* unable : {"thread/compact/start", "review/start", "model/list", "account/read",
                         "account/rateLimits/read", "config/read", "configRequirements/read", "app/list", "skills/list",
                         "mcpServerStatus/list", "collaborationMode/list", "experimentalFeature/list",
                         "config/mcpServer/reload", "thread/backgroundTerminals/clean"})
        methods[unable] = "disabled";
    return methods;
}

Task<void> BuiltinRuntime::start() {
    running_ = true;
    co_return;
}

Task<void> BuiltinRuntime::stop() {
    running_ = false;
    auto halt = [this] {
        turns_.cancel_all(asio::cancellation_type::terminal);
        return true;
    };
    co_await call_on(strand_, halt);
    bool busy = true;
    while (busy) {  // a cancelled turn ends in a step or two of the strand
        auto look = [this] { return turns_.size() > 0; };
        busy = co_await call_on(strand_, look);
    }
}

void BuiltinRuntime::require_running() const {
    if (!running_) throw RuntimeUnavailable("the built-in runtime is not running");
}

Task<void> BuiltinRuntime::touch() {
    require_running();
    co_return;
}

std::string BuiltinRuntime::make_id(const char* prefix) { return ids_.next(prefix, time_.wall()); }

Task<std::string> BuiltinRuntime::start_thread(ThreadOptions) {
    auto make = [this] {
        require_running();
        return make_id("thread");
    };
    return call_on(strand_, make);
}

Task<std::string> BuiltinRuntime::fork_thread(std::string) { return start_thread({}); }
Task<void> BuiltinRuntime::resume_thread(std::string) { return touch(); }
Task<void> BuiltinRuntime::archive_thread(std::string) { return touch(); }
Task<void> BuiltinRuntime::unarchive_thread(std::string) { return touch(); }
Task<void> BuiltinRuntime::rename_thread(std::string, std::string) { return touch(); }

Task<void> BuiltinRuntime::delete_thread(std::string thread_id) {
    auto forget = [this, thread_id = std::move(thread_id)] {
        require_running();
        if (auto turn = memory_.active_in(thread_id)) {
            turn->interrupted = true;
            turn->alarm->wake();
        }
        memory_.forget_thread(thread_id);
        return true;
    };
    co_await call_on(strand_, forget);
}

Task<void> BuiltinRuntime::revert_thread(std::string thread_id, int turns) {
    auto revert = [this, thread_id = std::move(thread_id), turns] {
        require_running();
        if (memory_.active_in(thread_id)) throw RuntimeRefusal("invalid_state", "a turn is running in this thread");
        memory_.revert(thread_id, turns);
        return true;
    };
    co_await call_on(strand_, revert);
}

Task<void> BuiltinRuntime::compact_thread(std::string) {
    require_running();
    throw RuntimeRefusal("method_not_supported", "the built-in runtime keeps no context that could be compacted");
    co_return;
}

Task<std::string> BuiltinRuntime::start_turn(TurnRequest request) {
    auto begin = [this, request = std::move(request)]() mutable { return begin_turn(std::move(request)); };
    return call_on(strand_, std::move(begin));
}

std::string BuiltinRuntime::begin_turn(TurnRequest request) {
    require_running();
    if (auto busy = memory_.active_in(request.thread_id))
        throw RuntimeRefusal("invalid_state", "the thread is busy with turn " + busy->view.turn_id);
    auto turn = make_turn(std::move(request), make_id("turn"));
    turn->alarm = time_.alarm(strand_);
    memory_.add(turn);
    ++active_;
    auto ended = [this, turn](std::exception_ptr error) {
        --active_;
        if (error) cut_off(turn);
    };
    turns_.start("turn " + turn->view.turn_id, play(turn), ended);
    return turn->view.turn_id;
}

// Something escaped from the turn: a stop, after which nobody listens, or a failure.
void BuiltinRuntime::cut_off(const TurnPtr& turn) {
    if (turn->view.status != TurnStatus::in_progress) return;
    turn->view.error = "the built-in runtime failed";
    if (running_) end_turn(turn, TurnStatus::failed);
    else memory_.ended(*turn);
}

BuiltinRuntime::TurnPtr BuiltinRuntime::active_turn(const std::string& thread_id, const std::string& turn_id) {
    require_running();
    auto turn = memory_.active_in(thread_id);
    if (!turn || turn->view.turn_id != turn_id || turn->interrupted)
        throw RuntimeRefusal("invalid_state", "no active turn " + turn_id + " in this thread");
    return turn;
}

Task<void> BuiltinRuntime::steer_turn(std::string thread_id, std::string turn_id, std::string text,
                                      std::string client_message_id) {
    auto steer = [this, thread_id = std::move(thread_id), turn_id = std::move(turn_id), text = std::move(text),
                  client_message_id = std::move(client_message_id)] {
        auto turn = active_turn(thread_id, turn_id);
        if (!turn->steered.empty()) turn->steered += "\n\n";
        turn->steered += text;
        say_user_message(*turn, text, client_message_id);
        return true;
    };
    co_await call_on(strand_, std::move(steer));
}

Task<void> BuiltinRuntime::interrupt_turn(std::string thread_id, std::string turn_id) {
    auto interrupt = [this, thread_id = std::move(thread_id), turn_id = std::move(turn_id)] {
        auto turn = active_turn(thread_id, turn_id);
        turn->interrupted = true;
        turn->alarm->wake();
        return true;
    };
    co_await call_on(strand_, std::move(interrupt));
}

Task<std::optional<TurnView>> BuiltinRuntime::read_turn(std::string thread_id, std::string turn_id) {
    auto read = [this, thread_id = std::move(thread_id), turn_id = std::move(turn_id)]() -> std::optional<TurnView> {
        require_running();
        auto turn = memory_.find(turn_id);
        if (!turn || turn->thread_id != thread_id) return {};
        return turn->view;
    };
    return call_on(strand_, std::move(read));
}

Task<json::value> BuiltinRuntime::call(std::string method, json::object) {
    require_running();
    throw RuntimeRefusal("method_not_supported", "the built-in runtime does not know " + method);
    co_return json::value();
}

void BuiltinRuntime::emit(const RuntimeNotice& notice) {
    for (const auto& listener : listeners_) listener(notice);
}

// ---- a turn, on the strand

Task<void> BuiltinRuntime::play(TurnPtr turn) {
    emit(notices::turn_started(turn->thread_id, turn->view.turn_id));
    say_user_message(*turn, turn->request.text, turn->request.client_message_id);
    auto pause = builtin::asked_pause(turn->request.text);
    co_await wait_unless_stopped(turn, pause);
    if (!turn->interrupted) co_await say_answer(turn);
    end_turn(turn, turn->interrupted ? TurnStatus::interrupted : TurnStatus::completed);
}

void BuiltinRuntime::say_user_message(Turn& turn, std::string text, const std::string& client_message_id) {
    auto item = notices::user_message(make_id("item"), std::move(text), client_message_id);
    emit(notices::item_started(turn.thread_id, turn.view.turn_id, item));
    emit(notices::item_completed(turn.thread_id, turn.view.turn_id, item));
    turn.items.push_back(std::move(item));
    turn.view.items = turn.items.size();
}

Task<void> BuiltinRuntime::say_answer(TurnPtr turn) {
    auto text = builtin::answer(turn->request.facts, turn->request.text, turn->steered);
    auto item_id = make_id("item");
    emit(notices::item_started(turn->thread_id, turn->view.turn_id, notices::agent_message(item_id, "", source_word)));
    std::string said;
    auto pieces = builtin::paragraphs(text);
    for (auto& paragraph : pieces) {
        co_await wait_unless_stopped(turn, options_.pace);
        if (turn->interrupted) break;
        said += paragraph;
        emit(notices::message_delta(turn->thread_id, turn->view.turn_id, item_id, std::move(paragraph)));
    }
    auto item = notices::agent_message(item_id, said, source_word);
    if (turn->interrupted) item["status"] = to_word(TurnStatus::interrupted);
    emit(notices::item_completed(turn->thread_id, turn->view.turn_id, item));
    turn->items.push_back(std::move(item));
    turn->view.items = turn->items.size();
    turn->view.text = std::move(said);
}

Task<void> BuiltinRuntime::wait_unless_stopped(TurnPtr turn, Millis span) {
    auto deadline = time_.mono() + span;
    while (!turn->interrupted && time_.mono() < deadline) co_await turn->alarm->wait_until(deadline);
}

void BuiltinRuntime::end_turn(const TurnPtr& turn, TurnStatus status) {
    turn->view.status = status;
    memory_.ended(*turn);
    emit(notices::turn_completed(turn->thread_id, turn->view, turn->items));
    turn->request = TurnRequest();  // its text and facts are no longer needed
}

}  // namespace lanekeeper

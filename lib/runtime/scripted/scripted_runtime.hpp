#pragma once
#include "async/nursery.hpp"
#include "async/time_source.hpp"
#include "runtime/scripted/script.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lanekeeper::scripted {

/// One turn that was started.
struct PlayedTurn {
    std::string thread_id;
    TurnScript script;
    TurnRequest request;
    TurnView view;
    bool started = false;              // turn/started is out
    bool lost = false;                 // the runtime died under it
    bool absent = false;               // and does not know it any more
    int interrupts = 0;                // asked for, refused ones included
    std::optional<MonoTime> stops_at;  // an interrupt is being obeyed
    Alarm* alarm = nullptr;            // of the coroutine that plays it

    bool active() const { return view.status == TurnStatus::in_progress && !lost; }
};

/// What outlives the runtime's process: the turns, and what the outside world counted. A test hands it from one runtime
/// to the next to play a restart; turns that were running are then as `after_death` says.
struct World {
    std::vector<std::shared_ptr<PlayedTurn>> turns;  // in the order of their starts
    std::map<std::string, int> starts_by_client;     // client_message_id → turns started
    int threads = 0;
    int deaths = 0;
    std::vector<std::string> unloaded, deleted;  // threads, in the order of asking
    std::map<std::string, json::value> answers;  // to questions, by key; null: none yet

    int starts_of(const std::string& client_message_id) const;
    std::shared_ptr<PlayedTurn> find(const std::string& turn_id) const;
    std::shared_ptr<PlayedTurn> active_in(const std::string& thread_id) const;
    std::size_t active() const;
    void lose_running();
};

/// Plays scripts under an injected time, for tests and simulation: deterministic when its executor is. Ids are counted:
/// thread_1, turn_1. Threads need not exist. A busy thread refuses a turn (invalid_state).
/// Calls come from any executor; turns and listeners run on a strand of its own. The owner awaits `stop()`, or destroys
/// the io_context first (a crash).
class ScriptedRuntime final : public Runtime {
public:
    ScriptedRuntime(asio::any_io_executor executor, TimeSource& time, Chooser chooser,
                    std::shared_ptr<World> world = std::make_shared<World>());

    /// From now on nobody is there for so long: calls fail, running turns are lost. On the runtime's strand, or while
    /// nothing runs.
    void die(Millis down_for);
    World& world() { return *world_; }
    /// As a runtime does that reads prose. Before it is used.
    void want_orientation() { wants_orientation_ = true; }
    /// Asks people, as a turn does. False: nobody can be asked.
    bool ask(const RuntimeQuestion& question);

    std::string name() const override { return "scripted"; }
    json::object describe() const override;
    std::map<std::string, std::string> capabilities() const override { return {}; }
    bool available() const override;

    void add_listener(NoticeListener listener) override { listeners_.push_back(std::move(listener)); }
    void set_question_listener(QuestionListener listener) override { people_ = std::move(listener); }
    Task<void> start() override;
    Task<void> stop() override;

    Task<std::string> start_thread(ThreadOptions options) override;
    Task<void> resume_thread(std::string thread_id) override;
    Task<std::string> fork_thread(std::string thread_id) override;
    Task<void> archive_thread(std::string thread_id) override;
    Task<void> unarchive_thread(std::string thread_id) override;
    Task<void> delete_thread(std::string thread_id) override;
    Task<void> rename_thread(std::string thread_id, std::string title) override;
    Task<void> revert_thread(std::string thread_id, int turns) override;
    Task<void> compact_thread(std::string thread_id) override;
    Task<void> unload_thread(std::string thread_id) override;
    bool wants_orientation() const override { return wants_orientation_; }

    Task<std::string> start_turn(TurnRequest request) override;
    Task<void> steer_turn(std::string thread_id, std::string turn_id, std::string text,
                          std::string client_message_id) override;
    Task<void> interrupt_turn(std::string thread_id, std::string turn_id) override;
    Task<std::optional<TurnView>> read_turn(std::string thread_id, std::string turn_id) override;
    Task<std::optional<TurnView>> turn_of_message(std::string thread_id, std::string client_message_id) override;

    Task<void> answer_question(std::string key, json::value answer) override;

    Task<json::value> call(std::string method, json::object params) override;

private:
    using TurnPtr = std::shared_ptr<PlayedTurn>;

    void require_available() const;
    Task<void> touch();
    Task<void> note(std::vector<std::string>& list, std::string thread_id);
    TurnPtr begin_turn(TurnRequest request);
    Task<void> play(TurnPtr turn);
    Task<void> wait_until(TurnPtr turn, MonoTime deadline);
    Task<void> run_to_end(TurnPtr turn);
    bool restart(PlayedTurn& turn);
    void end_turn(PlayedTurn& turn, TurnStatus status);
    void end_as_scripted(PlayedTurn& turn);
    void emit(const PlayedTurn& turn, const RuntimeNotice& notice);

    asio::any_io_executor strand_;
    TimeSource& time_;
    Chooser chooser_;
    std::shared_ptr<World> world_;
    std::vector<NoticeListener> listeners_;
    QuestionListener people_;
    std::unique_ptr<Nursery> turns_;
    bool running_ = false;
    bool wants_orientation_ = false;
    MonoTime down_until_ = MonoTime::min();
};

}  // namespace lanekeeper::scripted

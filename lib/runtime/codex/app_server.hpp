#pragma once
#include "async/nursery.hpp"
#include "async/on_strand.hpp"
#include "async/time_source.hpp"
#include "runtime/codex/call_book.hpp"
#include "runtime/codex/line_reader.hpp"
#include "runtime/codex/server_options.hpp"
#include "runtime/codex/snapshot.hpp"

#include <atomic>
#include <map>
#include <memory>

namespace lanekeeper::codex {

/// One `codex app-server` after the other (runtime.md 2, Supervision): starts the process, says hello under a deadline,
/// carries calls and lines, ends every call exactly once, notices when it hangs or dies, and starts it again after a
/// pause. It has no threads of its own. Members run on the strand it was given, unless they say otherwise; the owner
/// awaits `stop()`, or destroys the io_context first.
class AppServer {
public:
    AppServer(Strand strand, TimeSource& time, ServerOptions options, ServerEvents events);
    ~AppServer();
    AppServer(const AppServer&) = delete;
    AppServer& operator=(const AppServer&) = delete;

    /// Any executor. Returns when it answers, or when the first attempt to start it has failed: the next ones go on.
    Task<void> start();
    /// Any executor. Closes its input, SIGTERM, SIGKILL, each after `end_within`; reaped when this returns. Harmless twice.
    Task<void> stop();

    /// `done` is called once, on the strand, and never before this returns. A server that is not there: lost.
    /// One that is overloaded is asked again until the deadline.
    void ask(std::string method, json::object params, Millis within, CallDone done);

    /// A line to the process that runs now.
    void reply(std::string line);

    // From any thread.
    bool ready() const { return ready_; }
    ServerState state() const { return state_.get(); }
    /// After how long it may be there again; for those who are told that it is not.
    int retry_after_ms() const;

private:
    struct Life;
    using LifePtr = std::shared_ptr<Life>;

    // One process after the other.
    Task<void> begin();
    Task<void> end();
    Task<void> supervise();
    LifePtr launch();
    Task<void> serve(LifePtr life);
    MonoTime hurry_end(Life& life);
    void greet(const LifePtr& life);
    void greeted(const LifePtr& life, const CallEnd& end);
    void went_down(const LifePtr& life);
    Task<void> rest(Millis pause);
    void condemn(const LifePtr& life, const char* why);
    void first_attempt_is_over();

    // Its pipes.
    Task<void> read_output(LifePtr life);
    Task<void> read_errors(LifePtr life);
    Task<void> write_input(LifePtr life);
    Task<void> await_death(LifePtr life);
    void take_line(const LifePtr& life, Line line);
    void take_message(const LifePtr& life, Message message);
    void answered_late(std::int64_t call, const CallEnd& end);
    void send(Life& life, std::string line);
    void pump();

    // Its calls.
    Task<void> watch_calls();
    void ask_now(std::string method, json::object params, MonoTime deadline, CallDone done);
    void ask_overloaded_again();
    void probe_when_silent();

    struct Again {
        std::string method;
        json::object params;
        MonoTime deadline;
        CallDone done;
    };

    Strand strand_;
    TimeSource& time_;
    const ServerOptions options_;
    ServerEvents events_;
    CallBook book_;
    std::multimap<MonoTime, Again> again_;  // refused as overloaded: when to ask again
    LifePtr life_;
    std::unique_ptr<Alarm> alarm_;        // of supervise
    std::unique_ptr<Alarm> calls_alarm_;  // of watch_calls
    std::unique_ptr<Alarm> first_alarm_;  // of start
    Nursery nursery_;
    Nursery pipes_;
    bool started_ = false;
    bool first_over_ = false;
    bool stopping_ = false;
    bool probing_ = false;
    bool suspected_ = false;  // a call was not answered in time
    MonoTime last_heard_{};
    std::atomic<bool> ready_ = false;
    std::atomic<std::int64_t> pause_ms_ = 0;
    Snapshot<ServerState> state_;
};

}  // namespace lanekeeper::codex

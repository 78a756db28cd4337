#pragma once
#include "base/time.hpp"
#include "runtime/codex/call_book.hpp"
#include "async/process/child.hpp"
#include "runtime/codex/message.hpp"

#include <functional>
#include <optional>
#include <string>

namespace lanekeeper::codex {

/// What is started, and how long it may take about things.
struct ServerOptions {
    ServerOptions() = default;
    ChildCommand command;
    Millis initialize_within{20'000};  // slower: it is killed and started again
    Millis first_pause{500};           // before a restart; doubles with each
    Millis longest_pause{30'000};
    Millis steady_after{2'000};        // one that served so long, or a turn, begins with the first pause again
    Millis probe_after{15'000};        // silence after which it is asked something cheap; at once after a call that timed out
    Millis probe_within{10'000};       // no answer: it is killed and started again
    Millis call_within{10'000};        // what its adapter asks of it
    Millis end_within{1'000};          // after its input was closed, and again after SIGTERM; then SIGKILL
};

/// What the server says, for its adapter; called on the server's strand.
struct ServerEvents {
    ServerEvents() = default;
    std::function<void(Message notice)> notice;
    std::function<void(std::int64_t call, const CallEnd& end)> late;  // the answer to a call that had timed out
    /// → the line that answers; nothing: `AppServer::reply` gets it later.
    std::function<std::optional<std::string>(const Message& request)> request;
    std::function<void()> up;                                    // it answers
    std::function<void()> down;                                  // it has ended; every call was lost
};

/// For health.
struct ServerState {
    ServerState() = default;
    bool running = false;
    bool initialized = false;
    int pid = 0;
    int starts = 0;
    std::string last_exit;
    std::string version;  // as it calls itself
};

}  // namespace lanekeeper::codex

#pragma once
#include "fake_server.hpp"
#include "runtime/codex/codex_runtime.hpp"
#include "support/runtime_log.hpp"

namespace lanekeeper {

/// The adapter, started on the app server of tests/support/fake_app_server.py.
struct Codex {
    explicit Codex(std::vector<std::string> flags = {}) : Codex(codex::fake_server(std::move(flags))) {}
    explicit Codex(codex::ServerOptions options) : runtime(stage.executor(), stage.time, std::move(options)) {
        stage.wait_for(runtime.start());
    }
    ~Codex() { stage.wait_for(runtime.stop()); }

    std::string turn(const std::string& thread, const std::string& text = "work") {
        return stage.wait_for(runtime.start_turn(turn_request(thread, text)));
    }
    void until_said(const std::string& method, std::size_t times = 1) {
        stage.until([&] { return log.count(method) >= times; });
    }
    /// The code of its refusal; empty when there is none.
    template <class T>
    std::string refusal(Task<T> task) {
        try {
            stage.wait_for(std::move(task));
        } catch (const RuntimeRefusal& refusal) {
            return refusal.code;
        } catch (const RuntimeUnavailable&) {
            return "unavailable";
        }
        return "";
    }
    void kill() { ::kill(int(runtime.describe().at("codex").at("pid").as_int64()), SIGKILL); }

    codex::RealStage stage;
    CodexRuntime runtime;
    NoticeLog log{runtime};
};

}  // namespace lanekeeper

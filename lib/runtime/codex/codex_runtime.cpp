#include "runtime/codex/codex_runtime.hpp"

#include "async/process/environment.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "runtime/call_on.hpp"
#include "runtime/codex/child_environment.hpp"
#include "runtime/codex/find_binary.hpp"
#include "runtime/codex/params.hpp"
#include "runtime/codex/refusal.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace lanekeeper {
namespace {

using codex::Refusal;

constexpr Millis look_within{3'000};  // lists of threads: whoever asks has an answer without them

bool only_looks(std::string_view method) {
    return method == "thread/list" || method == "thread/loaded/list" || method == "thread/read";
}

/// Methods, and what they are asked. Those that would change something get what they must refuse: whoever says what is
/// wrong with it knows the method.
struct Probe {
    const char* method;
    const char* wrong_member = nullptr;  // a number where there is none
};
constexpr std::array<Probe, 28> probes{{
    {"thread/list"}, {"thread/loaded/list"}, {"model/list"}, {"account/read"}, {"account/rateLimits/read"},
    {"config/read"}, {"configRequirements/read"}, {"app/list"}, {"skills/list"}, {"mcpServerStatus/list"},
    {"collaborationMode/list"}, {"experimentalFeature/list"},
    {"thread/start", "cwd"}, {"thread/read", "threadId"}, {"thread/resume", "threadId"}, {"thread/fork", "threadId"},
    {"thread/archive", "threadId"}, {"thread/unarchive", "threadId"}, {"thread/delete", "threadId"},
    {"thread/name/set", "threadId"}, {"thread/revert", "threadId"}, {"thread/compact/start", "threadId"},
    {"turn/start", "threadId"}, {"turn/steer", "threadId"}, {"turn/interrupt", "threadId"}, {"review/start", "threadId"},
    {"thread/backgroundTerminals/clean", "threadId"}, {"config/mcpServer/reload", "nothing"},
}};

constexpr std::string_view account_method = "account/read";

std::string capability_word(const std::string& method, const codex::CallEnd& end) {
    using How = codex::CallEnd::How;
    if (end.how == How::answered) return "available";
    if (end.how != How::refused) return "unknown";
    return codex::meaning_of(method, end.error) == Refusal::no_method ? "disabled" : "available";
}

}  // namespace

CodexRuntime::CodexRuntime(asio::any_io_executor executor, TimeSource& time, codex::ServerOptions options)
    : strand_(asio::make_strand(executor)), time_(time), binary_(options.command.path),
      call_within_(options.call_within), unwanted_within_(options.probe_after + options.probe_within),
      nursery_(strand_, "codex runtime"),
      server_(strand_, time, std::move(options), [this] {
          codex::ServerEvents events;
          events.notice = [this](codex::Message message) { hear(std::move(message)); };
          events.late = [this](std::int64_t call, const CallEnd& end) { heard_late(call, end); };
          events.request = [this](const codex::Message& request) { return asked(request); };
          events.up = [this] { came_up(); };
          events.down = [this] { went_down(); };
          return events;
      }()) {}

Task<void> CodexRuntime::stop() {
    auto halt = [this] { return stopping_ = true; };
    co_await call_on(strand_, halt);
    co_await server_.stop();
    co_await on_strand(strand_, nursery_.wait_empty());
}

int CodexRuntime::restarts() const { return std::max(server_.state().starts - 1, 0); }

json::object CodexRuntime::describe() const {
    auto state = server_.state();
    json::object process;
    process["running"] = state.running;
    process["pid"] = state.pid > 0 ? json::value(state.pid) : json::value();
    process["initialized"] = state.initialized;
    process["starts"] = state.starts;
    if (!state.last_exit.empty()) process["lastExit"] = state.last_exit;
    json::object about;
    about["adapter"] = name();
    about["binary"] = binary_;
    about["version"] = state.version;
    about["codex"] = std::move(process);
    auto needs_login = needs_login_.get();  // codex looks for a login when it starts, and not again
    about["needsLogin"] = needs_login ? json::value(*needs_login) : json::value();
    return about;
}

// ---- calls

RuntimeUnavailable CodexRuntime::unavailable() const {
    return RuntimeUnavailable("codex is not running; it is started again", server_.retry_after_ms());
}

Task<codex::CallEnd> CodexRuntime::ask(std::string method, json::object params, std::string loaded_thread) {
    auto reply = std::make_shared<Reply<CallEnd>>();
    CallDone done = [reply, owed = std::make_shared<OwedReply>(reply)](CallEnd end) { reply->answer(std::move(end)); };
    auto begin = [this, method = std::move(method), params = std::move(params), thread = std::move(loaded_thread),
                  done = std::move(done)]() mutable { ask_loaded(method, std::move(params), thread, std::move(done)); };
    std::function<void()> start = [strand = strand_, begin = std::move(begin)]() mutable { asio::post(strand, std::move(begin)); };
    return await_reply(std::move(reply), std::move(start));
}

// A thread that is on disk and not loaded is resumed first; once. So is one that is not listened to: the server would
// run its turns and say nothing of them.
void CodexRuntime::ask_loaded(std::string method, json::object params, std::string thread_id, CallDone done) {
    auto within = only_looks(method) ? look_within : call_within_;
    if (thread_id.empty()) return server_.ask(std::move(method), std::move(params), within, std::move(done));
    if (let_go_.contains(thread_id)) return ask_resumed(std::move(method), std::move(params), thread_id, std::move(done));
    auto again = [this, method, params, thread_id, done](CallEnd end) mutable {
        bool refused = end.how == CallEnd::How::refused;
        if (!refused || codex::meaning_of(method, end.error) != Refusal::not_loaded) return done(std::move(end));
        ask_resumed(method, std::move(params), thread_id, done);
    };
    server_.ask(std::move(method), std::move(params), within, std::move(again));
}

void CodexRuntime::ask_resumed(std::string method, json::object params, std::string thread_id, CallDone done) {
    auto resume = codex::resume_params(thread_id);
    auto resumed = [this, method = std::move(method), params = std::move(params), thread_id = std::move(thread_id),
                    done = std::move(done)](CallEnd loaded) mutable {
        loaded.call = 0;  // what was wanted was not asked for
        if (loaded.how != CallEnd::How::answered) return done(std::move(loaded));
        let_go_.erase(thread_id);
        server_.ask(std::move(method), std::move(params), call_within_, std::move(done));
    };
    server_.ask("thread/resume", std::move(resume), call_within_, std::move(resumed));
}

json::value CodexRuntime::value_of(const std::string& method, CallEnd end) const {
    switch (end.how) {
        case CallEnd::How::answered: return std::move(end.result);
        case CallEnd::How::refused: throw codex::to_refusal(method, end.error);
        case CallEnd::How::timed_out: throw RuntimeRefusal("runtime_timeout", method + ": codex did not answer in time");
        case CallEnd::How::lost: break;
    }
    throw unavailable();
}

Task<json::value> CodexRuntime::get(std::string method, json::object params, std::string loaded_thread) {
    auto end = co_await ask(method, std::move(params), std::move(loaded_thread));
    co_return value_of(method, std::move(end));
}

Task<json::value> CodexRuntime::call(std::string method, json::object params) {
    std::string thread_id;
    if (const auto* thread = params.if_contains("threadId"); thread && thread->is_string())
        thread_id = std::string(thread->get_string());
    if (method == "review/start" && !thread_id.empty()) return start_other_turn(std::move(method), std::move(params), thread_id);
    return get(std::move(method), std::move(params), std::move(thread_id));
}

Task<void> CodexRuntime::learn_capabilities() {
    for (const auto& probe : probes) {
        json::object params;
        if (probe.wrong_member) params[probe.wrong_member] = 0;
        auto end = co_await ask(probe.method, std::move(params));
        auto word = capability_word(probe.method, end);
        if (probe.method == account_method) learn_login(end);
        capabilities_.change([&](auto& known) { known[probe.method] = word; });
    }
}

/// Whether turns will fail for want of a login: the provider in use may need none.
void CodexRuntime::learn_login(const CallEnd& end) {
    const auto* account = end.how == CallEnd::How::answered ? end.result.if_object() : nullptr;
    const auto* wanted = account ? account->if_contains("requiresOpenaiAuth") : nullptr;
    if (!wanted || !wanted->is_bool()) return;
    bool needs = wanted->get_bool() && !members::object(*account, "account");
    needs_login_.change([&](auto& known) { known = needs; });
}

// ---- making one

std::unique_ptr<CodexRuntime> make_codex_runtime(asio::any_io_executor executor, TimeSource& time,
                                                 const RuntimeSettings& settings) {
    const char* search_path = std::getenv("PATH");
    auto binary = codex::find_codex(settings.codex_bin, search_path ? search_path : "");
    if (!binary) return nullptr;
    log_info("codex runs the turns", {{"binary", *binary}});
    codex::ServerOptions options;
    options.command.path = *binary;
    options.command.arguments = {"app-server"};
    options.command.environment =
        codex::child_environment(own_environment(), settings.codex_home, settings.openai_api_key);
    return std::make_unique<CodexRuntime>(std::move(executor), time, std::move(options));
}

}  // namespace lanekeeper

// Name, health, readiness, capabilities, metrics (api.md 2).
#include "base/limits.hpp"
#include "queue/metrics.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"

#include <array>
#include <filesystem>

namespace lanekeeper::web {
namespace {

std::int64_t count(const StoreCounts& counts, JobState state) {
    auto found = counts.by_state.find(state);
    return found == counts.by_state.end() ? 0 : found->second;
}

json::object queue_health(const Services& services) {
    if (!services.settings.queue.enabled) return {{"enabled", false}};
    auto counts = services.store.counts();
    json::array paused;
    for (const auto& owner : services.queue.paused_lanes(limits::paused_in_health)) paused.push_back(json::string(owner));
    return {
        {"enabled", true},
        {"queued", count(counts, JobState::queued) + count(counts, JobState::pending)},
        {"running", count(counts, JobState::running)},
        {"completed", count(counts, JobState::completed)},
        {"failed", count(counts, JobState::failed) + count(counts, JobState::expired)},
        {"canceled", count(counts, JobState::canceled)},
        {"projects", counts.owners_with_open_jobs},
        {"accepting", services.queue.accepting()},
        {"paused", std::move(paused)},
    };
}

json::object store_health(const StoreHealth& health) {
    json::object body{{"driver", health.driver}, {"path", health.path}, {"ok", health.ok}, {"lastCommitMs", nullptr}, {"notice", nullptr}};
    if (health.last_commit_ms) body["lastCommitMs"] = *health.last_commit_ms;
    if (!health.notice.empty()) body["notice"] = health.notice;
    if (!health.problem.empty()) body["problem"] = health.problem;
    return body;
}

/// A runtime that says whether it needs a login knows best: of the provider, and of where its credentials are.
json::object auth_health(const RuntimeSettings& settings, const json::object& runtime) {
    std::error_code ignored;
    bool key = !settings.openai_api_key.empty();
    bool file = !settings.codex_home.empty() && std::filesystem::exists(settings.codex_home + "/auth.json", ignored);
    const auto* needs_login = runtime.if_contains("needsLogin");
    bool without = needs_login && needs_login->is_bool() ? needs_login->get_bool() : !key && !file;
    return {{"hasOpenAiApiKey", key}, {"codexHomeAuthFile", file}, {"likelyUnauthenticated", without}};
}

json::object codex_health(const json::object& runtime) {
    if (auto* codex = runtime.if_contains("codex"); codex && codex->is_object()) return codex->as_object();
    return {{"running", false}, {"pid", nullptr}, {"initialized", false}};
}

/// A queue that was switched off is no trouble; one that is on and takes no work is. So is a store that works but has
/// something to say of its start: what it should have kept is gone, or lies aside.
bool is_well(const Services& services, const StoreHealth& store) {
    bool queue = !services.settings.queue.enabled || services.queue.accepting();
    return queue && store.ok && store.notice.empty() && services.runtime.available();
}

Task<ApiReply> get_name(Services&, ApiRequest) {
    json::object body{{"name", "lanekeeper"}, {"version", LANEKEEPER_VERSION}};
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> get_health(Services& services, ApiRequest) {
    auto runtime = services.runtime.describe();
    auto store = services.store.health();
    auto auth = auth_health(services.settings.runtime, runtime);
    json::object body{
        {"status", is_well(services, store) ? "ok" : "degraded"},
        {"service", "api"},
        {"version", LANEKEEPER_VERSION},
        {"codex", codex_health(runtime)},
        {"runtime", std::move(runtime)},
        {"orchestratorQueue", queue_health(services)},
        {"store", store_health(store)},
        {"auth", std::move(auth)},
        {"timestamp", iso(services.time.wall())},
    };
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> get_alive(Services&, ApiRequest) {
    json::object body{{"status", "ok"}};
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> get_ready(Services& services, ApiRequest) {
    if (!services.settings.queue.enabled) co_return refuse(Problem("queue_disabled", "the queue is switched off"));
    if (!services.store.health().ok) co_return refuse(Problem("storage_unavailable", "the store does not take work now"));
    if (!services.queue.accepting()) co_return refuse(Problem("shutting_down", "the queue does not take work now"));
    json::object body{{"status", "ok"}};
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> get_capabilities(Services& services, ApiRequest) {
    json::object methods;
    for (const auto& route : all_routes())  // what our routes ask for, also where the runtime does not speak of it
        if (!route.runtime_method.empty()) methods[route.runtime_method] = "unknown";
    for (const auto& [method, word] : services.runtime.capabilities()) methods[method] = word;
    const auto& settings = services.settings;
    json::object features{
        {"orchestratorQueue", settings.queue.enabled},
        {"suggestReply", settings.queue.enabled && settings.suggest.enabled},
        {"fileChangeExplain", settings.queue.enabled && settings.explain.enabled},
        {"stream", true},
        {"eventStream", true},
        {"replay", true},
        {"idempotencyKeys", true},
        {"commandExecution", false},
    };
    json::object body{
        {"status", "ok"},
        {"runtime", services.runtime.name()},
        {"methods", std::move(methods)},
        {"details", services.runtime.describe()},
        {"features", std::move(features)},
    };
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> get_metrics(Services& services, ApiRequest) {
    ApiReply reply;
    reply.text = services.metrics.render();
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return reply;
}

constexpr std::array routes = {
    Route{Verb::get, "/api", get_name},
    Route{Verb::get, "/api/health", get_health},
    Route{Verb::get, "/api/capabilities", get_capabilities},
    Route{Verb::get, "/healthz", get_alive},
    Route{Verb::get, "/readyz", get_ready},
    Route{Verb::get, "/metrics", get_metrics},
};

}  // namespace

std::span<const Route> health_routes() { return routes; }

}  // namespace lanekeeper::web

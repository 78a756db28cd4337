#include "daemon/app.hpp"

#include "agents/ingest.hpp"
#include "agents/projects.hpp"
#include "agents/questions.hpp"
#include "agents/sessions.hpp"
#include "agents/suggestions.hpp"
#include "agents/worker_turn.hpp"
#include "async/nursery.hpp"
#include "async/process/environment.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "daemon/housekeeping.hpp"
#include "daemon/metric_sources.hpp"
#include "daemon/scheduled_jobs.hpp"
#include "jobs/catalogue.hpp"
#include "jobs/executors/declared.hpp"
#include "queue/executors.hpp"
#include "queue/local_queue.hpp"
#include "queue/schedules/schedules.hpp"
#include "runtime/builtin/builtin_runtime.hpp"
#include "runtime/codex/codex_runtime.hpp"
#include "runtime/wait_available.hpp"
#include "store/open_store.hpp"
#include "web/outgoing_http.hpp"
#include "web/server.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

std::unique_ptr<Runtime> choose_runtime(const RuntimeSettings& settings, asio::any_io_executor executor, TimeSource& time,
                                        Random& random) {
    std::unique_ptr<Runtime> codex;
    if (settings.kind != RuntimeKind::builtin) codex = make_codex_runtime(executor, time, settings);
    if (codex) return codex;
    if (settings.kind == RuntimeKind::codex)
        throw std::runtime_error(fmt::format("LANEKEEPER_RUNTIME=codex: no executable {} (CODEX_BIN); install codex, or use "
                                             "auto or builtin",
                                             settings.codex_bin));
    if (settings.kind == RuntimeKind::automatic)
        log_info("codex was not found: the built-in runtime runs the turns", {{"codexBin", settings.codex_bin}});
    return std::make_unique<BuiltinRuntime>(executor, time, random);
}

}  // namespace

/// A start under way. On the executor that `start` runs on; `stop` runs there too.
struct App::StartUp {
    StartUp(asio::any_io_executor executor, TimeSource& time)
        : began(time.mono()), nursery(executor, "start"), runtime_alarm(time.alarm(executor)), over_alarm(time.alarm(executor)) {}

    const MonoTime began;
    Nursery nursery;  // the runtime's own start, which nobody has to wait for
    std::unique_ptr<Alarm> runtime_alarm, over_alarm;
    bool runtime_started = false;
    bool over = false;
    std::exception_ptr runtime_failure;
};

// Built from top to bottom, destroyed from bottom to top; what stands higher knows nothing of what stands lower.
struct App::Parts {
    Parts(asio::io_context& context_, Settings settings_, AppParts chosen)
        : executor(context_.get_executor()), settings(std::move(settings_)),
          executors(load_executors(settings.runtime.executors_file, job_types())),
          store(make_store(StoreOptions(settings.store.driver, settings.store.data_dir))), ledger(*store),
          runtime(chosen.runtime ? chosen.runtime(executor, time, random)
                                 : choose_runtime(settings.runtime, executor, time, random)),
          outgoing(web::make_outgoing_http(executor, time)), metrics(make_metrics()),
          queue(ledger, registry, *runtime, time, random, *metrics, settings.queue, executor, settings.pool),
          sessions(executor, settings, time, random, ledger, *runtime), projects(sessions), ingest(executor, sessions, queue, metrics.get()),
          workers(executor, sessions, *runtime, ledger, time, load_agent_policies(settings.runtime.agents_dir)),
          schedules(ledger, queue, time, random, executor, scheduled_jobs(sessions)),
          suggestions(settings, time, random, ledger, sessions, queue), questions(executor, sessions),
          housekeeping(executor, settings, time, *store, queue, *metrics, service) {}

    asio::any_io_executor executor;
    const Settings settings;
    const ExecutorsConfig executors;
    ServiceManager service;
    SystemTime time;
    SystemRandom random;
    std::unique_ptr<Store> store;
    Ledger ledger;
    std::unique_ptr<Hub> hub;  // once the store has said where its events stand
    std::unique_ptr<Runtime> runtime;
    std::unique_ptr<web::OutgoingHttp> outgoing;
    std::unique_ptr<Metrics> metrics;
    Registry registry;
    LocalQueue queue;
    Sessions sessions;
    Projects projects;
    Ingest ingest;
    WorkerSessions workers;
    Schedules schedules;
    Suggestions suggestions;
    Questions questions;
    Housekeeping housekeeping;
    std::unique_ptr<web::Services> services;
    std::unique_ptr<web::WebServer> web;
    std::unique_ptr<StartUp> start_up;  // once it begins
    int stops = 0;
};

App::App(asio::io_context& context, Settings settings, AppParts parts)
    : parts_(std::make_unique<Parts>(context, std::move(settings), std::move(parts))) {}

App::~App() = default;

// What everything else reads: the store, where its events stand, and what was there before.
Task<void> App::open() {
    Parts& p = *parts_;
    auto opening = p.store->open();
    co_await std::move(opening);
    auto asking = p.store->event_range();
    auto range = co_await std::move(asking);
    p.hub = make_hub(range.newest);
    p.ledger.attach(*p.hub);
    auto loading = p.sessions.load();
    co_await std::move(loading);
    auto loading_workers = p.workers.load();
    co_await std::move(loading_workers);
}

// What runs by itself. Recovery, in the queue's start, comes before anything is admitted.
Task<void> App::start_work() {
    Parts& p = *parts_;
    add_all_jobs(p.registry, JobDeps(p.settings, p.sessions, p.workers, *p.runtime, p.queue, p.registry, p.questions));
    add_declared_executors(p.registry, p.executors, ExecutorDeps(p.settings, p.queue, *p.outgoing, own_environment()));
    p.sessions.attach(p.queue);
    auto starting_questions = p.questions.start();
    co_await std::move(starting_questions);
    auto starting_runtime = start_runtime();
    co_await std::move(starting_runtime);
    if (p.stops > 0) co_return;
    auto runtime_deadline = p.start_up->began + runtime_patience;
    auto starting_queue = p.queue.start_by(runtime_deadline);
    co_await std::move(starting_queue);
    if (p.stops > 0) co_return;
    auto starting_schedules = p.schedules.start(p.settings.queue.enabled);
    co_await std::move(starting_schedules);
    if (p.stops > 0) co_return;
    auto starting_ingest = p.ingest.start_by(runtime_deadline);
    co_await std::move(starting_ingest);
    if (p.stops > 0) co_return;
    auto starting_sessions = p.sessions.start();
    co_await std::move(starting_sessions);
    if (p.stops == 0) p.housekeeping.start();
}

// A runtime that takes long to start, or does not, goes on by itself: the daemon serves what needs none.
Task<void> App::start_runtime() {
    Parts& p = *parts_;
    StartUp& s = *p.start_up;
    auto starting = p.runtime->start();
    s.nursery.start("runtime", std::move(starting), [&s](std::exception_ptr failure) {
        s.runtime_started = true;
        s.runtime_failure = failure;
        if (failure) log_escape("runtime", failure);
        s.runtime_alarm->wake();
    });
    auto until = s.began + runtime_head_start;
    while (!s.runtime_started && p.stops == 0 && p.time.mono() < until) {
        auto waiting = s.runtime_alarm->wait_until(until);
        co_await std::move(waiting);
    }
    if (s.runtime_failure) std::rethrow_exception(s.runtime_failure);
}

Task<void> App::serve() {
    Parts& p = *parts_;
    p.services = std::make_unique<web::Services>(web::Services{p.settings, p.time, p.random, *p.store, p.ledger, *p.hub, p.queue, p.schedules,
                                                 p.registry, *p.runtime, p.sessions, p.projects, p.ingest,
                                                 p.suggestions, p.questions, *p.metrics});
    p.web = std::make_unique<web::WebServer>(p.executor, *p.services);
    add_metric_sources(*p.metrics, *p.store, p.housekeeping, *p.hub, p.ingest, p.web->counters(), p.queue, *p.runtime);
    auto starting = p.web->start();
    co_await std::move(starting);
}

Task<void> App::start() {
    Parts& p = *parts_;
    auto executor = co_await asio::this_coro::executor;
    p.start_up = std::make_unique<StartUp>(executor, p.time);
    auto asking = ask_for_time(p.service, p.time);
    auto patience = p.start_up->nursery.start("time for the start", std::move(asking));
    std::exception_ptr failure;
    try {
        auto beginning = begin();
        co_await std::move(beginning);
    } catch (...) {
        failure = std::current_exception();
    }
    patience->cancel(asio::cancellation_type::terminal);
    p.start_up->over = true;
    p.start_up->over_alarm->wake();
    if (failure) std::rethrow_exception(failure);
}

Task<void> App::begin() {
    Parts& p = *parts_;
    auto opening = open();
    co_await std::move(opening);
    if (p.stops > 0) co_return;
    auto working = start_work();
    co_await std::move(working);
    if (p.stops > 0) co_return;
    auto serving = serve();
    co_await std::move(serving);
    if (p.stops > 0) co_return;
    log_info("listening", {{"address", p.settings.web.host},
                           {"port", port()},
                           {"runtime", p.runtime->name()},
                           {"store", p.store->health().driver},
                           {"dataDir", p.settings.store.data_dir}});
    p.service.ready();
}

// What a start still waits for is the runtime: it gives up its calls, and the start sees that it was stopped.
Task<void> App::await_start() {
    Parts& p = *parts_;
    if (!p.start_up || p.start_up->over) co_return;
    p.start_up->runtime_alarm->wake();
    auto stopping_runtime = p.runtime->stop();
    co_await std::move(stopping_runtime);
    while (!p.start_up->over) {
        auto waiting = p.start_up->over_alarm->wait();
        co_await std::move(waiting);
    }
}

// Each step has its own bound; their sum stays under the unit's TimeoutStopSec (queue.md 7, architecture.md 5).
Task<void> App::stop() {
    Parts& p = *parts_;
    StopOptions options(p.settings.shutdown.drain, p.settings.shutdown.settle);
    if (p.stops++ > 0) {
        auto hurrying = p.queue.stop(options);
        co_await std::move(hurrying);
        co_return;
    }
    p.service.stopping();
    auto stopping_schedules = p.schedules.stop();
    co_await std::move(stopping_schedules);
    auto stopping_queue = p.queue.stop(options);
    co_await std::move(stopping_queue);
    auto stopping_house = p.housekeeping.stop();
    co_await std::move(stopping_house);
    auto stopping_ingest = p.ingest.stop();
    co_await std::move(stopping_ingest);
    auto awaiting_start = await_start();
    co_await std::move(awaiting_start);
    auto stopping_sessions = p.sessions.stop();
    co_await std::move(stopping_sessions);
    auto stopping_workers = p.workers.stop();
    co_await std::move(stopping_workers);
    auto closing = close();
    co_await std::move(closing);
}

Task<void> App::close() {
    Parts& p = *parts_;
    if (p.web) {
        auto stopping_web = p.web->stop(limits::stop_sockets);
        co_await std::move(stopping_web);
    }
    auto closing_outgoing = p.outgoing->stop();
    co_await std::move(closing_outgoing);
    auto stopping_runtime = p.runtime->stop();
    co_await std::move(stopping_runtime);
    if (p.start_up) {
        auto ending_start = p.start_up->nursery.wait_empty();
        co_await std::move(ending_start);
    }
    auto stopping_questions = p.questions.stop();
    co_await std::move(stopping_questions);
    auto closing_store = p.store->close();
    co_await std::move(closing_store);
}

std::uint16_t App::port() const { return parts_->web ? parts_->web->port() : 0; }

Millis App::stop_bound() const {
    const auto& shutdown = parts_->settings.shutdown;
    return shutdown.drain + shutdown.settle + limits::stop_beside_drain;
}

std::vector<std::string> App::left_over() const { return parts_->queue.left_over(); }

}  // namespace lanekeeper

#include "queue/pool.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "queue/transition_commit.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lanekeeper {

Pool::Pool(QueueCore& core, asio::any_io_executor executor)
    : core_(core), strand_(asio::make_strand(executor)), nursery_(strand_, "pool"), freeing_(strand_, "timed jobs"),
      timer_(core.time.alarm(strand_)), quiet_(core.time.alarm(strand_)) {}

Pool::~Pool() = default;

void Pool::take(const Job& job) {
    asio::post(strand_, [self = shared_from_this(), job] { self->add(job); });
}

void Pool::forget(const Job& job) {
    asio::post(strand_, [self = shared_from_this(), key = job.key, due = job.scheduled_for] {
        self->waiting_.remove(key);
        if (due) self->timed_.erase({*due, key});
    });
}

void Pool::add(const Job& job) {
    if (job.state == JobState::pending && job.scheduled_for) add_timed(job.key, *job.scheduled_for);
    if (job.state != JobState::queued) return;
    if (core_.is_remote(job)) return core_.freed(job);  // no worker of ours runs it
    auto now = core_.time.mono();
    WaitingJob waiting{job.key, job.priority, now, {}};
    if (job.next_attempt_at) waiting.not_before = now + (*job.next_attempt_at - core_.time.wall());
    waiting_.add(waiting, now);
    look();
}

void Pool::add_at_start(const OpenJob& job) {
    if (job.state == JobState::pending && job.scheduled_for && !has_bug(Bug::schedule_lost)) timed_.emplace(*job.scheduled_for, job.key);
    if (job.state != JobState::queued || !job.owner.empty()) return;
    auto now = core_.time.mono();
    WaitingJob waiting{job.key, job.priority, now, {}};
    if (job.next_attempt_at) waiting.not_before = now + (*job.next_attempt_at - core_.time.wall());
    waiting_.add(waiting, now);
}

void Pool::flags_at_start(bool paused, bool draining) {
    paused_ = paused;
    draining_ = draining;
    core_.pool_paused = paused;
}

void Pool::open() {
    asio::post(strand_, [self = shared_from_this()] {
        self->open_ = true;
        self->next_check_ = self->core_.time.mono() + self->core_.pool.health_check_interval;
        for (int i = 1; i <= self->core_.pool.workers_min; ++i) self->hire();
        auto watching = self->watch();
        self->nursery_.start("pool timer", std::move(watching));
        self->look();
    });
}

void Pool::add_timed(std::int64_t key, WallTime due) {
    timed_.emplace(due, key);
    timer_->wake();
}

std::size_t Pool::busy() const {
    return std::size_t(std::count_if(workers_.begin(), workers_.end(), [](const auto& entry) { return entry.second->busy; }));
}

// Sets to work whoever is idle, and whoever more may come, while there is something ready.
void Pool::look() {
    timer_->wake();  // what is delayed may have changed
    set_to_work();
}

void Pool::set_to_work() {
    while (auto worker = idle_worker()) {
        auto choice = claim();
        if (!choice) break;
        employ(std::move(worker), *choice);
    }
    // Who is left is ready once its delay is over, though nobody can run it now: the timer does not wait for it any more.
    waiting_.choose(strict_priority, 0, core_.time.mono());
}

/// The first that has nothing to do; else a new one, while there may be more and something is ready.
Pool::Worker Pool::idle_worker() {
    for (const auto& [number, worker] : workers_)
        if (!worker->busy) return worker;
    int most = core_.pool.workers_max + (has_bug(Bug::pool_overbooked) ? 1 : 0);
    bool needed = int(workers_.size()) < most && may_start();
    return needed && waiting_.choose(strict_priority, 0, core_.time.mono()) ? hire() : nullptr;
}

Pool::Worker Pool::hire() {
    int number = replaced_up_to_ + 1;
    while (workers_.contains(number)) ++number;
    auto worker = std::make_shared<PoolWorker>(*this, core_, strand_, nursery_, number, core_.time.mono());
    workers_.emplace(number, worker);
    return worker;
}

bool Pool::may_start() const {
    return open_ && !paused_ && !core_.stopping.load() && busy() < std::size_t(core_.pool.max_concurrent);
}

/// Taken off the waiting, so that no other worker starts it too.
std::optional<Choice> Pool::claim() {
    if (!may_start()) return {};
    auto rules = strict_priority;
    if (has_bug(Bug::pool_order_by_age)) rules.max_interactive_burst = 0;
    auto choice = waiting_.choose(rules, 0, core_.time.mono());
    if (choice) waiting_.remove(choice->key);
    return choice;
}

void Pool::employ(Worker worker, Choice choice) {
    worker->busy = true;
    worker->job_key = choice.key;
    auto self = shared_from_this();
    auto working = work(worker, choice);
    nursery_.start("worker " + worker->id(), std::move(working), [self, worker](std::exception_ptr failure) {
        log_escape("worker " + worker->id(), failure);
        worker->supervisor().let_go();
        self->lay_down_work(worker);
        self->quiet_->wake();
        self->look();
    });
}

void Pool::lay_down_work(const Worker& worker) {
    worker->busy = false;
    worker->job_key = 0;
    worker->idle_since = worker->last_beat = core_.time.mono();
    if (worker->unhealthy || worker->failed_in_a_row >= limits::worker_failures) replace(worker);
}

Task<void> Pool::work(Worker worker, Choice choice) {
    bool broken = false;
    try {
        auto running = run_one(worker, choice);
        co_await std::move(running);
    } catch (const std::exception& error) {
        broken = true;
        log_error("worker out of step", {{"workerId", worker->id()}, {"error", error.what()}});
    }
    // A full disk, or a mistake, is not to be met in a tight loop.
    if (broken && !core_.stopping.load()) {
        auto pausing = pause_for(core_.time, limits::storage_probe);
        co_await std::move(pausing);
    }
}

Task<void> Pool::run_one(Worker worker, Choice choice) {
    auto starting = start(worker, choice);
    auto attempt = co_await std::move(starting);
    if (!attempt) co_return;
    auto seeing = worker->supervisor().see_through(attempt);
    co_await std::move(seeing);
}

Task<std::shared_ptr<Attempt>> Pool::start(Worker worker, Choice choice) {
    auto taking = worker->supervisor().baton().take();
    auto hold = co_await std::move(taking);
    std::shared_ptr<Attempt> attempt;
    std::exception_ptr failure;
    try {
        auto starting = worker->supervisor().start(choice.key, explain(choice, core_.time.mono()), worker->id());
        attempt = co_await std::move(starting);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {  // it was not started: it waits on, and is whose who starts it next
        worker->job_key = 0;
        auto now = core_.time.mono();
        waiting_.add(WaitingJob{choice.key, choice.priority, choice.since, {}}, now);
        std::rethrow_exception(failure);
    }
    if (!attempt) co_return attempt;
    auto waited = std::chrono::duration_cast<Millis>(core_.time.mono() - choice.since);
    core_.metrics.started(metrics_label(attempt->job), waited, false);
    co_return attempt;
}

PoolView Pool::look_around() const {
    PoolView view;
    for (const auto& [number, worker] : workers_) {
        PoolWorkerView one;
        one.id = worker->id();
        one.busy = worker->busy;
        one.unhealthy = worker->unhealthy;
        one.last_beat = core_.time.wall() - std::chrono::duration_cast<Millis>(core_.time.mono() - worker->last_beat);
        if (const auto& attempt = worker->supervisor().running()) one.job_id = attempt->job.id();
        one.completed = worker->completed;
        one.failed = worker->failed;
        one.failed_in_a_row = worker->failed_in_a_row;
        one.tokens_in = worker->tokens_in;
        one.tokens_out = worker->tokens_out;
        view.workers.push_back(std::move(one));
    }
    view.queued = std::int64_t(waiting_.size());
    view.running = std::int64_t(busy());
    view.paused = paused_;
    view.draining = draining_;
    return view;
}

}  // namespace lanekeeper

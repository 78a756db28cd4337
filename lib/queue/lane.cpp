#include "queue/lane.hpp"

#include <boost/asio/post.hpp>

namespace lanekeeper {

Lane::Lane(QueueCore& core, Scheduler& scheduler, asio::any_io_executor executor, std::string owner)
    : core_(core), scheduler_(scheduler), owner_(std::move(owner)), strand_(asio::make_strand(executor)), dropping_(strand_),
      nursery_(strand_, "lane"), supervisor_(core, *this, strand_, nursery_) {}

Lane::~Lane() = default;

// Who waits from now on: of two that came in the same millisecond of wall time, the first stays the first.
void Lane::add_fresh(const Job& job) {
    auto mono = core_.time.mono();
    note_remote(job.key, job.type, job.executor);
    waiting_.add(WaitingJob{job.key, job.priority, mono, {}}, mono);
}

void Lane::add_waiting(std::int64_t key, int priority, WallTime since, std::optional<WallTime> not_before) {
    auto wall = core_.time.wall();
    auto mono = core_.time.mono();
    // A job that was put off waits since it may run again: what it ran before was no waiting.
    if (not_before) since = std::max(since, *not_before);
    // Rows carry wall time, waiting is measured on the clock that never jumps. A creation in the future counts as now.
    WaitingJob job{key, priority, mono - std::max(wall - since, Millis{0}), {}};
    if (not_before) job.not_before = mono + (*not_before - wall);
    waiting_.add(job, mono);
}

void Lane::add_waiting(const Job& job) {
    note_remote(job.key, job.type, job.executor);
    add_waiting(job.key, job.priority, job.created_at, job.next_attempt_at);
}

void Lane::add_at_start(const OpenJob& job) {
    note_remote(job.key, job.type, job.executor);
    add_waiting(job.key, job.priority, job.created_at, job.next_attempt_at);
}

bool Lane::resting() const { return paused_ || away_ || core_.stopping.load() || core_.untold.hold_up(owner_); }

std::optional<Choice> Lane::choose() {
    if (resting()) return {};
    return waiting_.choose(core_.fairness(), burst_, core_.time.mono());
}

// Tells the scheduler how things stand. Called after every change, before a pin is let go.
void Lane::report() {
    LaneReport report;
    waiting_.release_due(core_.time.mono());
    auto choice = serving_ ? std::optional<Choice>() : choose();
    bool remote = choice && remote_.contains(choice->key);  // takes no slot
    if (choice && !remote) report.ask = SlotBook::Ask{choice->job_class, choice->since, choice->key};
    offer(remote ? choice : std::nullopt);
    report.due = waiting_.next_due();
    report.oldest_since = waiting_.oldest_since();
    report.queued = waiting_.size();
    report.running = running();
    report.paused = paused_;
    report.draining = draining_;
    report.runners = nursery_.size();
    report.version = version_.fetch_add(1) + 1;
    idle_ = report.idle();
    if (ended_) ended_->wake();
    scheduler_.tell(shared_from_this(), std::move(report));
}

LaneView Lane::view() const {
    LaneView view;
    view.owner = owner_;
    view.queued = std::int64_t(waiting_.size());
    view.running = running() ? 1 : 0;
    if (auto since = waiting_.oldest_since())
        view.oldest_wait = std::chrono::duration_cast<Millis>(core_.time.mono() - *since);
    view.paused = paused_;
    view.draining = draining_;
    return view;
}

// The last one to let go of a lane with nothing to do has it forgotten; see Scheduler::take_report.
void Lane::unpin() {
    if (pins_.fetch_sub(1) == 1 && idle_.load()) scheduler_.unpinned(shared_from_this());
}

void Lane::look_again() {
    asio::post(strand_, [self = shared_from_this()] { self->report(); });
}

// Pinned until it has reported: a lane with nothing to do may be forgotten.
void Lane::take(const Job& job) {
    pin();
    asio::post(strand_, [self = shared_from_this(), job] {
        self->add_fresh(job);
        self->report();
        self->unpin();
    });
}

void Lane::forget(std::int64_t key) {
    pin();
    asio::post(strand_, [self = shared_from_this(), key] {
        self->remove_waiting(key);
        self->report();
        self->unpin();
    });
}

void Lane::granted(JobClass job_class) {
    asio::post(strand_, [self = shared_from_this(), job_class] {
        self->serving_ = true;
        self->started_ = false;
        auto serving = self->serve(job_class);
        self->nursery_.start("lane " + self->owner_, std::move(serving),
                             [self](std::exception_ptr failure) { self->served(failure); });
    });
}

void Lane::served(const std::exception_ptr& failure) {
    log_escape("lane " + owner_, failure);
    serving_ = false;
    supervisor_.let_go();
    report();
    scheduler_.give_back(owner_, started_);
}

void Lane::flags_at_start(bool paused, bool draining) {
    paused_ = paused;
    draining_ = draining;
}

void Lane::ask_running_to_end() {
    asio::post(strand_, [self = shared_from_this()] {
        self->supervisor_.ask_to_end(StopCause(StopCause::Kind::shutdown, "shutdown"));
    });
}

void Lane::force_running() {
    asio::post(strand_, [self = shared_from_this()] {
        self->supervisor_.force();
    });
}

void Lane::dismiss_runners() {
    asio::post(strand_, [self = shared_from_this()] { self->nursery_.cancel_all(asio::cancellation_type::terminal); });
}

Task<std::vector<std::string>> Lane::await_runners(MonoTime deadline) {
    ended_ = core_.time.alarm(strand_);
    while (nursery_.size() > 0 && core_.time.mono() < deadline) {
        auto waiting = ended_->wait_until(deadline);
        co_await std::move(waiting);
    }
    co_return nursery_.names();
}

Task<std::vector<std::string>> Lane::wait_runners(MonoTime deadline) {
    auto work = await_runners(deadline);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}

Task<std::optional<std::string>> Lane::read_running_job() {
    std::optional<std::string> id;
    if (supervisor_.running()) id = supervisor_.running()->job.id();
    co_return id;
}

Task<std::optional<std::string>> Lane::running_job() {
    auto work = read_running_job();
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}

// The public coroutines hop to the strand; what they do there stands in the sources named in the header.
Task<Result<Enqueued>> Lane::enqueue(EnqueueRequest request, std::shared_ptr<const Definition> definition) {
    auto work = enqueue_here(std::move(request), std::move(definition));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<Result<Job>> Lane::cancel(std::int64_t key, std::string reason) {
    auto work = cancel_here(key, std::move(reason));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<bool> Lane::expire(std::int64_t key) {
    auto work = expire_here(key);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<Result<Job>> Lane::retry(std::int64_t key, bool cascade) {
    auto work = retry_here(key, cascade);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<void> Lane::settle_late(std::int64_t key, std::optional<CompletedRun> settled, bool goes_on) {
    auto work = settle_late_here(key, std::move(settled), goes_on);
    auto hopping = on_strand(strand_, std::move(work));
    co_await std::move(hopping);
}
Task<std::optional<Job>> Lane::start_remote(StartOrder order) {
    auto work = start_remote_here(std::move(order));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<void> Lane::remote_ended(Job job) {
    auto work = remote_ended_here(std::move(job));
    auto hopping = on_strand(strand_, std::move(work));
    co_await std::move(hopping);
}
Task<Result<LaneView>> Lane::command(Queue::LaneCommand command) {
    auto work = command_here(command);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}

}  // namespace lanekeeper

#include "queue/local_queue.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "job/aggregate.hpp"
#include "queue/lane.hpp"
#include "queue/recovery.hpp"
#include "queue/transition_commit.hpp"
#include "runtime/wait_available.hpp"

#include <algorithm>

namespace lanekeeper {

LocalQueue::LocalQueue(Ledger& ledger, const Registry& registry, Runtime& runtime, TimeSource& time, Random& random,
                       Metrics& metrics, const QueueSettings& settings, asio::any_io_executor executor, const PoolSettings& pool)
    : core_(ledger, registry, runtime, time, random, metrics, settings, pool), executor_(executor), scheduler_(core_, executor),
      pool_(std::make_shared<Pool>(core_, executor)), remote_(std::make_shared<RemoteJobs>(core_, scheduler_, executor)),
      untold_strand_(asio::make_strand(executor)), untold_(untold_strand_, "recovery") {
    core_.freed = [this](const Job& job) { take(job); };
    deadlines_ = std::make_shared<DeadlineWatch>(core_, executor, [this](std::int64_t key) { return expire(key); });
    core_.offer = [this](const std::string& owner, std::optional<RemoteOffer> offer) { remote_->offer(owner, std::move(offer)); };
}

LocalQueue::~LocalQueue() = default;

Result<std::shared_ptr<const Definition>> LocalQueue::check(const EnqueueRequest& request) const {
    if (!core_.settings.enabled) return Problem("queue_disabled", "the queue is switched off");
    if (!accepting_) return Problem("shutting_down", "the daemon is not accepting jobs now");
    auto field = [](const char* name, std::string code, std::string message) {
        Problem problem("invalid_request", "the request does not validate");
        problem.issues.emplace_back(std::move(code), json::array{name}, std::move(message));
        return problem;
    };
    if (!is_well_formed_owner(request.owner))
        return field("projectId", "invalid_value", "must be 1 to 128 of A-Z a-z 0-9 _ . - and not \"pool\", or session:<id>");
    auto definition = core_.registry.find(request.type);
    if (!definition) return field("type", "invalid_value", "is not a registered job type");
    auto issues = definition->payload_schema.check(request.payload);
    if (issues.empty()) return definition;
    Problem problem("invalid_request", "the payload does not validate");
    for (auto& issue : issues) issue.path.insert(issue.path.begin(), "payload");
    problem.issues = std::move(issues);
    return problem;
}

Task<Result<Enqueued>> LocalQueue::enqueue(EnqueueRequest request) {
    auto definition = check(request);
    if (!definition) co_return definition.error();
    if ((*definition)->admit) {
        auto admitted = (*definition)->admit(request);
        if (!admitted) co_return admitted.error();
    }
    auto finding = scheduler_.lane(request.owner);
    auto lane = co_await std::move(finding);
    auto enqueuing = lane->enqueue(std::move(request), *definition);
    auto enqueued = co_await std::move(enqueuing);
    co_return enqueued;
}

Task<std::optional<Job>> LocalQueue::get(std::string job_id) {
    auto key = job_key(job_id);
    auto reading = key ? core_.ledger.reader().job(*key) : core_.ledger.reader().job_by_client_id(std::move(job_id));
    auto job = co_await std::move(reading);
    co_return job;
}

// Any thread: each goes to whoever runs it.
void LocalQueue::take(const Job& job) {
    if (job.in_pool() && job.state == JobState::queued && core_.is_remote(job)) remote_->take(job);
    else if (job.in_pool() || job.state == JobState::pending) pool_->take(job);
    else scheduler_.take(job);
}

Task<Result<Job>> LocalQueue::cancel(std::string job_id, std::string reason) {
    // A job for workers, or one that is set free for its lane, may change hands while we look: then it is looked at again.
    constexpr int tries = 50;
    constexpr Millis between_tries{5};
    for (int i = 1;; ++i) {
        auto finding_job = get(job_id);
        auto job = co_await std::move(finding_job);
        if (!job) co_return no_such_job(job_id);
        if (is_terminal(job->state)) co_return Problem("already_terminal", "the job has already ended");
        bool again = i < tries && (core_.is_remote(*job) || job->state == JobState::pending);
        auto canceling = cancel_once(std::move(*job), reason);
        auto canceled = co_await std::move(canceling);
        if (canceled || canceled.error().code != "job_conflict" || !again) co_return canceled;
        auto pausing = pause_for(core_.time, between_tries);
        co_await std::move(pausing);
    }
}

Task<Result<Job>> LocalQueue::cancel_once(Job job, std::string reason) {
    if (is_aggregate(job)) {
        auto canceling = cancel_workflow(std::move(job), std::move(reason));
        auto canceled = co_await std::move(canceling);
        co_return canceled;
    }
    bool remote = core_.is_remote(job);
    bool claimable = remote && (job.state == JobState::running || (job.in_pool() && job.state == JobState::queued));
    if (claimable) {
        auto canceling = remote_->cancel(job.key, std::move(reason));
        auto canceled = co_await std::move(canceling);
        co_return canceled;
    }
    if (job.in_pool() || job.state == JobState::pending) {
        auto canceling = pool_->cancel(job.key, std::move(reason));
        auto canceled = co_await std::move(canceling);
        if (canceled && remote) remote_->forget(job.key);
        co_return canceled;
    }
    auto finding = scheduler_.lane(job.owner);
    auto lane = co_await std::move(finding);
    auto canceling = lane->cancel(job.key, std::move(reason));
    auto canceled = co_await std::move(canceling);
    co_return canceled;
}

/// False: it has just been started, or is just ending; ask again.
Task<bool> LocalQueue::expire(std::int64_t key) {
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job || is_terminal(job->state)) co_return true;
    bool remote = core_.is_remote(*job);
    if (remote && job->state == JobState::running) co_return true;  // its lease ends then
    if (job->in_pool() || job->state == JobState::pending) {
        auto expiring = pool_->expire(key);
        bool expired = co_await std::move(expiring);
        if (expired && remote) remote_->forget(key);
        co_return expired;
    }
    auto finding = scheduler_.lane(job->owner);
    auto lane = co_await std::move(finding);
    auto expiring = lane->expire(key);
    bool expired = co_await std::move(expiring);
    co_return expired;
}

Task<Result<Job>> LocalQueue::retry(std::string job_id, bool cascade) {
    auto finding_job = get(job_id);
    auto job = co_await std::move(finding_job);
    if (!job) co_return no_such_job(job_id);
    if (!core_.settings.enabled) co_return Problem("queue_disabled", "the queue is switched off");
    if (!accepting_) co_return Problem("shutting_down", "the daemon is not accepting jobs now");
    if (is_aggregate(*job)) co_return Problem("job_conflict", "a workflow is not run again; its jobs can be, one by one");
    if (job->in_pool()) {
        auto retrying = pool_->retry(job->key, cascade);
        auto retried = co_await std::move(retrying);
        co_return retried;
    }
    auto finding = scheduler_.lane(job->owner);
    auto lane = co_await std::move(finding);
    auto retrying = lane->retry(job->key, cascade);
    auto retried = co_await std::move(retrying);
    co_return retried;
}

Task<JobPage> LocalQueue::list(JobQuery query) {
    auto reading = core_.ledger.reader().jobs(std::move(query));
    auto page = co_await std::move(reading);
    co_return page;
}

Task<std::optional<Job>> LocalQueue::wait_terminal(std::string job_id, Millis limit) {
    std::optional<Job> job;
    auto key = job_key(job_id);
    if (!key) {  // a client's own
        auto finding = get(job_id);
        job = co_await std::move(finding);
        if (!job) co_return job;
        key = job->key;
    }
    auto deadline = core_.time.mono() + limit;
    auto executor = co_await asio::this_coro::executor;
    // The ticket comes first: an end between the look and the wait rings it.
    TerminalWaiters::Ticket ticket(core_.waiters, *key, executor, core_.time);
    while (true) {
        auto reading = get(job_id);
        job = co_await std::move(reading);
        bool over = !job || is_terminal(job->state) || core_.time.mono() >= deadline || core_.stopping;
        if (over) co_return job;
        auto waiting = ticket.wait_until(deadline);
        co_await std::move(waiting);
    }
}

Task<void> LocalQueue::cancel_jobs_of_session(std::string session_id, std::string reason) {
    auto reading = core_.ledger.reader().open_jobs_of_session(session_id);
    auto keys = co_await std::move(reading);
    for (auto key : keys) {
        auto canceling = cancel(job_id(key), reason);
        auto canceled = co_await std::move(canceling);
        if (!canceled) log_debug("not canceled", {{"jobId", job_id(key)}, {"reason", canceled.error().code}});
    }
    auto freeing = free_lane("session:" + session_id);
    co_await std::move(freeing);
}

Task<void> LocalQueue::free_lane(std::string owner) {
    auto reading = core_.ledger.reader().record("lane", "", owner);
    auto flags = co_await std::move(reading);
    if (!flags) co_return;
    if (!core_.settings.enabled) {  // nobody keeps lanes; later somebody may again
        Effects effects;
        effects.deletes.emplace_back("lane", "", owner);
        auto forgetting = core_.ledger.commit(core_.time.wall(), std::move(effects));
        co_await std::move(forgetting);
        co_return;
    }
    auto resuming = command_lane(std::move(owner), LaneCommand::resume);
    auto resumed = co_await std::move(resuming);
    if (!resumed) log_debug("lane not resumed", {{"reason", resumed.error().code}});
}

Task<LanePage> LocalQueue::lanes(std::string after, std::size_t limit) { return scheduler_.page(std::move(after), limit); }

Task<Result<LaneView>> LocalQueue::command_lane(std::string owner, LaneCommand command) {
    if (!core_.settings.enabled) co_return Problem("queue_disabled", "the queue is switched off");
    if (!is_well_formed_owner(owner) && owner != "pool") {
        Problem problem("invalid_request", "the request does not validate");
        problem.issues.emplace_back("invalid_value", json::array{"owner"}, "is not the name of a lane");
        co_return problem;
    }
    if (owner == "pool") {
        auto commanding = pool_->command(command);
        auto view = co_await std::move(commanding);
        if (view) remember_paused(owner, view->paused);
        remote_->look_again();
        co_return view;
    }
    auto finding = scheduler_.lane(owner);
    auto lane = co_await std::move(finding);
    auto commanding = lane->command(command);
    auto view = co_await std::move(commanding);
    if (view) remember_paused(owner, view->paused);
    co_return view;
}

void LocalQueue::remember_paused(const std::string& owner, bool paused) {
    std::lock_guard lock(paused_mutex_);
    if (paused) paused_.insert(owner);
    else paused_.erase(owner);
}

std::vector<std::string> LocalQueue::paused_lanes(std::size_t limit) const {
    std::lock_guard lock(paused_mutex_);
    auto count = std::min(limit, paused_.size());
    return {paused_.begin(), std::next(paused_.begin(), std::ptrdiff_t(count))};
}

}  // namespace lanekeeper

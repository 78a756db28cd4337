// From submissions to committed jobs, all or none, and to whoever runs them (jobs-family.md, Submit).
#include "base/limits.hpp"
#include "base/test_bugs.hpp"
#include "queue/job_events.hpp"
#include "queue/job_line.hpp"
#include "queue/local_queue.hpp"
#include "queue/transition_commit.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

Problem bad_member(const char* name, std::string code, std::string message) {
    Problem problem("invalid_request", "the request does not validate");
    problem.issues.emplace_back(std::move(code), json::array{name}, std::move(message));
    return problem;
}

Problem of_job(Problem problem, std::size_t index, std::size_t count) {
    if (count > 1) problem.details["index"] = index;
    return problem;
}

}  // namespace

Result<std::shared_ptr<const Definition>> LocalQueue::definition_for(const Submission& submission) const {
    auto definition = submission.executor ? core_.registry.executor(*submission.executor) : core_.registry.find(submission.type);
    if (!definition && submission.executor) return bad_member("executor", "invalid_value", "there is no such executor");
    // Types with rules of their own are held to them by `enqueue`.
    if (definition && !submission.executor && (!definition->api_trigger || definition->admit || definition->dedupe.key))
        return bad_member("type", "invalid_value", "this type is not submitted here");
    if (!definition) definition = core_.registry.executor(default_executor);
    if (!definition) return bad_member("type", "invalid_value", "there is no such job type, and nothing that runs free words");
    auto issues = definition->payload_schema.check(submission.payload);
    if (issues.empty()) return definition;
    Problem problem("invalid_request", "the payload does not validate");
    for (auto& issue : issues) issue.path.insert(issue.path.begin(), "payload");
    problem.issues = std::move(issues);
    return problem;
}

Job LocalQueue::job_of(const Submission& submission, const Definition& definition) {
    Job job;
    job.key = core_.next_key();
    job.type = submission.type;
    job.version = definition.version;
    if (core_.registry.find(submission.type).get() != &definition) job.executor = definition.type;
    job.owner = submission.owner;
    job.client_id = submission.client_id;
    job.name = submission.name;
    job.priority = submission.priority;
    job.payload = submission.payload;
    job.metadata = submission.metadata;
    job.timeout = submission.timeout;
    job.scheduled_for = submission.scheduled_for;
    job.created_at = core_.time.wall();
    auto usual = job.in_pool() ? core_.pool.retry_limit + 1 : core_.settings.max_attempts;
    auto attempts = submission.max_retries ? *submission.max_retries + 1 : definition.retry.max_attempts.value_or(usual);
    job.max_attempts = std::clamp(attempts, 1, limits::job_attempts_max);
    job.dedupe_key = submission.dedupe_key;
    if (job.dedupe_key) job.dedupe_match = job.type + "|" + job.owner + "|" + *job.dedupe_key;
    return job;
}

JobInsert LocalQueue::insert_of(Submission submission, const Definition& definition) {
    JobInsert insert;
    insert.job = job_of(submission, definition);
    insert.depends_on = std::move(submission.dependencies);
    insert.dedupe = insert.job.dedupe_key ? DedupeMode::single_flight : DedupeMode::none;
    insert.capacity = capacity_for(core_, insert.job);
    auto on_queued = definition.on_queued;
    insert.tell = [on_queued, told = std::move(submission.told)](const Job& job) {
        Effects effects;
        if (on_queued) effects = on_queued(HookInput{job, job.created_at});
        for (auto& news : new_job_news(job, told)) effects.events.push_back(std::move(news));
        return effects;
    };
    return insert;
}

/// A lane, or the pool, that is being drained takes nothing new.
Task<Result<void>> LocalQueue::check_draining(std::set<std::string> owners) {
    for (const auto& owner : owners) {
        auto reading = core_.ledger.reader().record("lane", "", owner.empty() ? "pool" : owner);
        auto flags = co_await std::move(reading);
        if (flags && flags->body.at("draining").as_bool())
            co_return Problem("lane_draining", "the lane is being drained and takes no new jobs", {{"projectId", owner}});
    }
    Result<void> open;
    co_return open;
}

Task<Result<std::vector<Enqueued>>> LocalQueue::submit(std::vector<Submission> jobs) {
    if (!core_.settings.enabled) co_return Problem("queue_disabled", "the queue is switched off");
    if (!accepting_) co_return Problem("shutting_down", "the daemon is not accepting jobs now");
    std::set<std::string> owners;
    for (const auto& job : jobs) owners.insert(job.owner);
    auto checking = check_draining(std::move(owners));
    auto taken = co_await std::move(checking);
    if (!taken) co_return taken.error();
    Mutation mutation;
    mutation.at = core_.time.wall();
    mutation.tell = tell_dependents(core_, mutation.at);
    auto count = jobs.size();
    for (std::size_t i = 0; i < count; ++i) {
        auto definition = definition_for(jobs[i]);
        if (!definition) co_return of_job(definition.error(), i, count);
        mutation.inserts.push_back(insert_of(std::move(jobs[i]), **definition));
    }
    if (has_bug(Bug::submission_cut_short) && count > 2) mutation.inserts.pop_back();
    auto committing = core_.ledger.commit(std::move(mutation));
    auto committed = co_await std::move(committing);
    if (!committed) co_return committed.error();
    account_new(committed->inserted);
    take_cascade(core_, committed->cascaded);
    std::vector<Enqueued> enqueued;
    for (auto& inserted : committed->inserted) {
        Enqueued one;
        one.how = inserted.how == Inserted::How::inserted ? Enqueued::How::enqueued : Enqueued::How::already_queued;
        one.job = std::move(inserted.job);
        enqueued.push_back(std::move(one));
    }
    co_return enqueued;
}

void LocalQueue::account_new(const std::vector<Inserted>& inserted) {
    for (const auto& one : inserted) {
        if (one.how != Inserted::How::inserted) {
            core_.metrics.deduped(metrics_label(one.job));
            continue;
        }
        core_.metrics.enqueued(metrics_label(one.job));
        JobLine(one.job, "none", "", Millis{0}, Millis{0}).write();
        take(one.job);
    }
}

}  // namespace lanekeeper

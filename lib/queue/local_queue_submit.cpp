// From submissions to committed jobs, all or none, and to whoever runs them (jobs-family.md, Submit).
#include "base/limits.hpp"
#include "base/test_bugs.hpp"
#include "job/aggregate.hpp"
#include "queue/job_events.hpp"
#include "queue/job_line.hpp"
#include "queue/local_queue.hpp"
#include "queue/transition_commit.hpp"

#include <algorithm>
#include <unordered_map>

namespace lanekeeper {
namespace {

Problem bad_member(const char* name, std::string code, std::string message) {
    Problem problem("invalid_request", "the request does not validate");
    problem.issues.emplace_back(std::move(code), json::array{name}, std::move(message));
    return problem;
}

/// In a list a refusal names the job by its place, and its members from the root of the request.
Problem in_list(Problem problem, const Batch& batch, std::size_t index) {
    if (!batch.list) return problem;
    problem.details["index"] = index;
    for (auto& issue : problem.issues) {
        json::array path = *batch.list;
        path.emplace_back(index);
        for (auto& step : issue.path) path.push_back(std::move(step));
        issue.path = std::move(path);
    }
    return problem;
}

/// The store counts inserts; the workflow's own comes before its jobs.
Problem refused_by_store(Problem problem, const Batch& batch) {
    bool of_one = problem.code == "duplicate_job_id" || problem.code == "unknown_dependency";
    if (!of_one || !batch.list) return problem;
    const auto* counted = problem.details.if_contains("index");
    auto place = counted ? counted->to_number<std::size_t>() : 0;
    return in_list(std::move(problem), batch, place - (batch.workflow ? 1 : 0));
}

TellInserted answer_of(std::function<RecordPut(const std::vector<Job>&)> keep) {
    return [keep = std::move(keep)](const std::vector<Inserted>& inserted) {
        std::vector<Job> jobs;
        for (const auto& one : inserted) jobs.push_back(one.job);
        Effects effects;
        effects.puts.push_back(keep(jobs));
        return effects;
    };
}

/// A job that depends on what had ended badly has ended in the commit that made it.
void show_what_followed(Committed& committed) {
    std::unordered_map<std::int64_t, const Job*> ended;
    for (const auto& transition : committed.cascaded) ended[transition.next.key] = &transition.next;
    for (auto& one : committed.inserted)
        if (auto at = ended.find(one.job.key); at != ended.end()) one.job = *at->second;
}

}  // namespace

Result<std::shared_ptr<const Definition>> LocalQueue::definition_for(const Submission& submission) const {
    if (submission.type == aggregate_type && !submission.executor)
        return bad_member("type", "invalid_value", "workflows are submitted to /api/jobs/workflow");
    if (json::serialize(submission.payload).size() > limits::job_payload)
        return bad_member("payload", "too_big", "a payload has at most 1 MiB");
    auto definition = submission.executor ? core_.registry.executor(*submission.executor) : core_.registry.find(submission.type);
    if (!definition && submission.executor) return bad_member("executor", "invalid_value", "there is no such executor");
    // Types with rules of their own are held to them by `enqueue`.
    if (definition && !submission.executor && (!definition->api_trigger || definition->admit || definition->dedupe.key))
        return bad_member("type", "invalid_value", "this type is not submitted here");
    if (!definition) definition = core_.registry.assigned(submission.type);
    if (!definition) definition = core_.registry.executor(default_executor);
    if (!definition) return bad_member("type", "invalid_value", "there is no such job type, and nothing that runs free words");
    auto issues = definition->payload_schema.check(submission.payload);
    if (issues.empty()) return definition;
    Problem problem("invalid_request", "the payload does not validate");
    for (auto& issue : issues) issue.path.insert(issue.path.begin(), "payload");
    problem.issues = std::move(issues);
    return problem;
}

Result<void> LocalQueue::check_submission(const Submission& job) const {
    auto definition = definition_for(job);
    if (!definition) return definition.error();
    return {};
}

Job LocalQueue::job_of(const Submission& submission, const Definition& definition, std::int64_t key) {
    Job job;
    job.key = key;
    job.type = submission.type;
    job.version = definition.version;
    if (core_.registry.find(submission.type).get() != &definition) job.executor = definition.type;
    job.owner = submission.owner;
    job.source_session_id = owner_session(submission.owner);  // who watches that chat hears of it, and it goes with the chat
    job.client_id = submission.client_id;
    job.name = submission.name;
    job.priority = submission.priority;
    job.payload = submission.payload;
    job.metadata = submission.metadata;
    job.timeout = submission.timeout;
    job.scheduled_for = submission.scheduled_for;
    job.expires_at = submission.expires_at;
    job.created_at = core_.time.wall();
    auto usual = job.in_pool() ? core_.pool.retry_limit + 1 : core_.settings.max_attempts;
    auto attempts = submission.max_retries ? *submission.max_retries + 1 : definition.retry.max_attempts.value_or(usual);
    job.max_attempts = std::clamp(attempts, 1, limits::job_attempts_max);
    job.dedupe_key = submission.dedupe_key;
    if (job.dedupe_key) job.dedupe_match = job.type + "|" + job.owner + "|" + *job.dedupe_key;
    return job;
}

JobInsert LocalQueue::insert_of(Submission submission, const Definition& definition, std::int64_t key) {
    JobInsert insert;
    insert.job = job_of(submission, definition, key);
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
            co_return Problem("lane_draining", "the lane is being drained and takes no new jobs",
                                {{"projectId", owner.empty() ? std::string("pool") : owner}});
    }
    Result<void> open;
    co_return open;
}

/// With the keys of all of them known beforehand, since each may wait for any.
Result<std::vector<JobInsert>> LocalQueue::inserts_of(Batch& batch, Effects& along) {
    std::vector<JobInsert> inserts;
    std::vector<std::int64_t> keys;
    auto own = batch.workflow ? core_.next_key() : 0;
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) keys.push_back(core_.next_key());
    json::object names;
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
        auto& job = batch.jobs[i];
        auto definition = definition_for(job);
        if (!definition) return in_list(definition.error(), batch, i);
        if (batch.workflow && job.dedupe_key) {
            auto twin = bad_member("dedupeKey", "invalid_value", "a job of a workflow is never a duplicate of another");
            return in_list(std::move(twin), batch, i);
        }
        for (auto place : job.after) job.dependencies.push_back(job_id(keys[place]));
        if (job.key) names[job.client_id.value_or(job_id(keys[i]))] = *job.key;
        auto beside = std::move(job.along);
        inserts.push_back(insert_of(std::move(job), **definition, keys[i]));
        if (beside) along.append(beside(inserts.back().job));
        if (batch.workflow) inserts.back().job.workflow_id = job_id(own);
    }
    if (!batch.workflow) return inserts;
    auto aggregate = aggregate_of(*batch.workflow, inserts, std::move(names));
    aggregate.job.key = own;
    inserts.insert(inserts.begin(), std::move(aggregate));
    return inserts;
}

JobInsert LocalQueue::aggregate_of(const WorkflowRequest& workflow, const std::vector<JobInsert>& jobs, json::object keys) {
    JobInsert insert;
    insert.job.type = aggregate_type;
    insert.job.name = workflow.name;
    insert.job.priority = Submission().priority;
    insert.job.payload = aggregate_payload(workflow.mode, jobs.size(), std::move(keys));
    insert.job.open_dependencies = int(jobs.size());
    insert.job.created_at = core_.time.wall();
    insert.capacity = capacity_for(core_, insert.job);
    json::object about{{"type", aggregate_type}, {"name", workflow.name}, {"mode", workflow.mode}, {"jobs", jobs.size()}};
    insert.tell = [told = std::move(about)](const Job& job) {
        Effects effects;
        effects.events = new_job_news(job, told);
        return effects;
    };
    return insert;
}

Task<Result<std::vector<Enqueued>>> LocalQueue::submit(Batch batch) {
    if (!core_.settings.enabled) co_return Problem("queue_disabled", "the queue is switched off");
    if (!accepting_) co_return Problem("shutting_down", "the daemon is not accepting jobs now");
    auto acyclic = check_cycles(batch.jobs);
    if (!acyclic) co_return acyclic.error();
    std::set<std::string> owners;
    for (const auto& job : batch.jobs) owners.insert(job.owner);
    auto checking = check_draining(std::move(owners));
    auto taken = co_await std::move(checking);
    if (!taken) co_return taken.error();
    Mutation mutation;
    auto inserts = inserts_of(batch, mutation.effects);
    if (!inserts) co_return inserts.error();
    mutation.at = core_.time.wall();
    mutation.tell = tell_dependents(core_, mutation.at);
    mutation.inserts = std::move(*inserts);
    if (has_bug(Bug::submission_cut_short) && mutation.inserts.size() > 2) mutation.inserts.pop_back();
    if (batch.keep_answer) mutation.answer = answer_of(batch.keep_answer);
    auto committing = core_.ledger.commit(std::move(mutation));
    auto committed = co_await std::move(committing);
    if (!committed) co_return refused_by_store(committed.error(), batch);
    account_new(committed->inserted);
    take_cascade(core_, *committed);
    show_what_followed(*committed);
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
        core_.deadlines.add(one.job.key, one.job.expires_at);
        take(one.job);
    }
}

}  // namespace lanekeeper

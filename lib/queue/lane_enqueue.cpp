// From a request to a committed job that its lane knows of.
#include "base/limits.hpp"
#include "base/test_bugs.hpp"
#include "queue/job_events.hpp"
#include "queue/lane.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr const char* idempotency_kind = "idempotency";

std::string match_text(const Definition& definition, const std::string& owner, const std::string& key,
                       const json::object& payload) {
    if (definition.dedupe.match) return definition.type + "|" + definition.dedupe.match(payload);
    return definition.type + "|" + owner + "|" + key;
}

RecordPut answer_record(const IdempotencyClaim& claim, const Enqueued& enqueued, WallTime now) {
    json::object body{{"hash", claim.body_hash}, {"jobId", enqueued.job.id()}, {"answer", claim.answer(enqueued)}};
    RecordPut put(idempotency_kind, claim.scope, claim.key, std::move(body), RecordPut::Mode::insert);
    put.expires_at = now + limits::idempotency_keep;
    return put;
}

}  // namespace

Task<Result<Enqueued>> Lane::enqueue_here(EnqueueRequest request, std::shared_ptr<const Definition> definition) {
    if (draining_) co_return Problem("lane_draining", "the lane is being drained and takes no new jobs");
    // A merge rewrites a waiting job's payload, which must not race with that job's start.
    Baton::Hold hold;
    if (definition->dedupe.mode == DedupeMode::merge_duplicate) {
        auto taking = baton_.take();
        hold = co_await std::move(taking);
    }
    auto inserting = insert(std::move(request), std::move(definition));
    auto enqueued = co_await std::move(inserting);
    co_return enqueued;
}

Job Lane::new_job(const EnqueueRequest& request, const Definition& definition) {
    Job job;
    job.key = core_.next_key();
    job.type = definition.type;
    job.version = definition.version;
    job.owner = owner_;
    job.source_session_id = request.source_session_id;
    auto priority = definition.priority_of ? definition.priority_of(request.payload) : std::nullopt;
    job.priority = priority.value_or(definition.priority);
    job.payload = request.payload;
    job.metadata = request.metadata;
    job.created_at = core_.time.wall();
    auto attempts = definition.retry.max_attempts.value_or(core_.settings.max_attempts);
    job.max_attempts = std::clamp(attempts, 1, limits::job_attempts_max);
    if (definition.dedupe.mode != DedupeMode::none && definition.dedupe.key) job.dedupe_key = definition.dedupe.key(job.payload);
    if (job.dedupe_key) job.dedupe_match = match_text(definition, owner_, *job.dedupe_key, job.payload);
    return job;
}

Mutation Lane::insert_mutation(EnqueueRequest& request, const Definition& definition, Job job) {
    Mutation mutation;
    mutation.at = core_.time.wall();
    mutation.effects = std::move(request.effects);
    JobInsert insert;
    insert.dedupe = job.dedupe_key ? definition.dedupe.mode : DedupeMode::none;
    insert.merge = definition.dedupe.merge;
    insert.capacity = {core_.settings.max_per_project, core_.settings.max_global};
    insert.effects = std::move(request.effects_if_new);
    if (definition.on_queued) insert.effects.append(definition.on_queued(HookInput{job, mutation.at}));
    insert.effects.events.push_back(job_event(job, job_event_type(JobEvent::promote)));
    if (request.idempotency) {
        Enqueued fresh;
        fresh.job = job;
        insert.effects.puts.push_back(answer_record(*request.idempotency, fresh, mutation.at));
    }
    insert.job = std::move(job);
    mutation.inserts.push_back(std::move(insert));
    return mutation;
}

Task<Result<Enqueued>> Lane::insert(EnqueueRequest request, std::shared_ptr<const Definition> definition) {
    auto claim = request.idempotency;
    if (claim) {
        auto replaying = replay(*claim);
        auto replayed = co_await std::move(replaying);
        if (replayed) co_return std::move(*replayed);
    }
    auto job = new_job(request, *definition);
    auto mutation = insert_mutation(request, *definition, std::move(job));
    if (has_bug(Bug::dedupe_outside_transaction) && mutation.inserts[0].dedupe == DedupeMode::single_flight) {
        auto looking = core_.ledger.reader().open_duplicate(mutation.inserts[0].job.dedupe_match);
        auto existing = co_await std::move(looking);
        if (!existing) mutation.inserts[0].dedupe = DedupeMode::none;
    }
    auto committing = core_.ledger.commit(std::move(mutation));
    auto committed = co_await std::move(committing);
    // Two requests with one key at once: the second finds the first one's answer.
    if (!committed && committed.error().code == "record_exists" && claim) {
        auto replaying = replay(*claim);
        auto replayed = co_await std::move(replaying);
        if (replayed) co_return std::move(*replayed);
    }
    if (!committed) co_return with_retry_hint(committed.error());

    Enqueued enqueued;
    auto& inserted = committed->inserted.front();
    enqueued.job = std::move(inserted.job);
    if (inserted.how == Inserted::How::inserted) {
        core_.metrics.enqueued(definition->type);
        add_waiting(enqueued.job);
        report();
        co_return enqueued;
    }
    core_.metrics.deduped(definition->type);
    enqueued.how = inserted.how == Inserted::How::merged ? Enqueued::How::merged : Enqueued::How::already_queued;
    if (claim) {
        auto keeping = keep_answer(*claim, enqueued);
        auto earlier = co_await std::move(keeping);
        if (earlier) co_return std::move(*earlier);
    }
    co_return enqueued;
}

// The same key came before: the same answer, or a refusal when it came with something else.
Task<std::optional<Result<Enqueued>>> Lane::replay(IdempotencyClaim claim) {
    auto reading = core_.ledger.reader().record(idempotency_kind, claim.scope, claim.key);
    auto record = co_await std::move(reading);
    std::optional<Result<Enqueued>> replayed;
    if (!record) co_return replayed;
    if (record->body.at("hash").as_string() != claim.body_hash) {
        Problem problem("idempotency_mismatch", "this Idempotency-Key was used with another body");
        replayed.emplace(std::move(problem));
        co_return replayed;
    }
    Enqueued enqueued;
    enqueued.replayed = record->body.at("answer").as_object();
    replayed.emplace(std::move(enqueued));
    co_return replayed;
}

// Keeps the answer of a duplicate. When another request with this key was quicker, that one's answer is ours.
Task<std::optional<Result<Enqueued>>> Lane::keep_answer(IdempotencyClaim claim, Enqueued enqueued) {
    std::optional<Result<Enqueued>> earlier;
    auto now = core_.time.wall();
    Effects effects;
    effects.puts.push_back(answer_record(claim, enqueued, now));
    auto committing = core_.ledger.commit(now, std::move(effects));
    auto kept = co_await std::move(committing);
    if (kept) co_return earlier;
    auto replaying = replay(std::move(claim));
    earlier = co_await std::move(replaying);
    co_return earlier;
}

Problem Lane::with_retry_hint(Problem problem) const {
    if (problem.code != "queue_full") return problem;
    auto estimate = recent_run_ms_ > 0 ? std::int64_t(recent_run_ms_) : 1000;
    problem.details["retryAfterMs"] = std::clamp<std::int64_t>(estimate, 250, 60000);
    return problem;
}

}  // namespace lanekeeper

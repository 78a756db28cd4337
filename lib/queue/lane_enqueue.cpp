// From a request to a committed job that its lane knows of.
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "base/test_bugs.hpp"
#include "queue/job_events.hpp"
#include "queue/job_line.hpp"
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
    json::object body{{"hash", claim.body_hash},
                      {"jobId", enqueued.job.id()},
                      {"answer", claim.answer(enqueued)},
                      {"until", to_ms(now + limits::idempotency_keep)}};
    RecordPut put(idempotency_kind, claim.scope, claim.key, std::move(body), RecordPut::Mode::insert);
    put.expires_at = now + limits::idempotency_keep;
    return put;
}

// Housekeeping removes expired answers now and then; meanwhile they count for nothing.
bool is_over(const Record& answer, WallTime now) { return to_ms(now) > members::integer(answer.body, "until"); }

// The same key came before: the same answer, or a refusal when it came with something else.
Result<Enqueued> repeat(const Record& answer, const IdempotencyClaim& claim) {
    if (members::text(answer.body, "hash") != claim.body_hash)
        return Problem("idempotency_mismatch", "this Idempotency-Key was used with another request");
    Enqueued enqueued;
    enqueued.replayed = answer.body.at("answer").as_object();
    return enqueued;
}

}  // namespace

Task<Result<Enqueued>> Lane::enqueue_here(EnqueueRequest request, std::shared_ptr<const Definition> definition) {
    if (request.idempotency) {
        auto looking = replay(*request.idempotency);
        auto replayed = co_await std::move(looking);
        if (replayed) co_return std::move(*replayed);
    }
    if (draining_) co_return Problem("lane_draining", "the lane is being drained and takes no new jobs");
    // A merge rewrites a waiting job's payload, which must not race with that job's start.
    Baton::Hold hold;
    if (definition->dedupe.mode == DedupeMode::merge_duplicate) {
        auto taking = supervisor_.baton().take();
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
    insert.capacity = core_.capacity();
    insert.effects = std::move(request.effects_if_new);
    if (definition.on_queued) insert.effects.append(definition.on_queued(HookInput{job, mutation.at}));
    for (auto& news : new_job_news(job, {})) insert.effects.events.push_back(std::move(news));
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
        JobLine(enqueued.job, "none", "", Millis{0}, Millis{0}).write();
        add_fresh(enqueued.job);
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

Task<std::optional<Result<Enqueued>>> Lane::replay(IdempotencyClaim claim) {
    std::optional<Result<Enqueued>> replayed;
    auto reading = core_.ledger.reader().record(idempotency_kind, claim.scope, claim.key);
    auto answer = co_await std::move(reading);
    if (answer && is_over(*answer, core_.time.wall())) {
        auto dropping = drop_answer(claim);
        answer = co_await std::move(dropping);
    }
    if (answer) replayed.emplace(repeat(*answer, claim));
    co_return replayed;
}

// Removes an answer that is over, unless another request with this key was quicker: returns the one that stands now.
Task<std::optional<Record>> Lane::drop_answer(IdempotencyClaim claim) {
    auto taking = dropping_.take();
    auto hold = co_await std::move(taking);
    auto reading = core_.ledger.reader().record(idempotency_kind, claim.scope, claim.key);
    auto answer = co_await std::move(reading);
    auto now = core_.time.wall();
    if (!answer || !is_over(*answer, now)) co_return answer;
    Effects effects;
    effects.deletes.emplace_back(idempotency_kind, claim.scope, claim.key);
    auto committing = core_.ledger.commit(now, std::move(effects));
    auto dropped = co_await std::move(committing);
    if (!dropped) log_warn("expired answer not removed", {{"code", dropped.error().code}});
    answer.reset();
    co_return answer;
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

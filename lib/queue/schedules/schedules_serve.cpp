// A slot, or a person, gets a job: the job and what the schedule remembers of it are one commit.
#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "queue/ledger.hpp"
#include "queue/schedules/schedule_entry.hpp"
#include "queue/schedules/schedule_record.hpp"
#include "queue/schedules/schedule_rule.hpp"
#include "queue/schedules/schedules.hpp"

namespace lanekeeper {
namespace {

Problem conflict(const std::string& id) {
    return {"conflict", "the schedule has just been changed elsewhere", {{"scheduleId", id}}};
}

bool is_changed_elsewhere(const Problem& problem) { return problem.code == "record_changed" || problem.code == "record_missing"; }

/// The schedule once it has this job.
Schedule with_job(Schedule schedule, const std::string& job_id, bool of_slot) {
    schedule.last_job_id = job_id;
    if (of_slot) schedule.slot_job_id = job_id;
    return schedule;
}

}  // namespace

Task<Result<Job>> Schedules::run_here(std::string id, Keep<Job> keep) {
    auto entry = find(id);
    if (!entry) co_return Problem("not_found", "there is no such schedule", {{"scheduleId", id}});
    auto taking = entry->baton.take();
    auto hold = co_await std::move(taking);
    if (entry->removed) co_return Problem("not_found", "there is no such schedule", {{"scheduleId", id}});
    auto next = entry->schedule;
    ++next.revision;
    next.last_run_at = time_.wall();
    auto key = manual_key(next);
    auto making = make_job(entry, std::move(next), std::move(key), false, std::move(keep));
    auto made = co_await std::move(making);
    co_return made;
}

/// The slot that waits: its job, or its turn without one. What refuses it stands in `trouble`.
Task<void> Schedules::serve(Entry entry) {
    auto taking = entry->baton.take();
    auto hold = co_await std::move(taking);
    if (!entry->ticks() || !entry->waiting || stopping_) co_return;
    auto slot = *entry->waiting;
    bool busy = false;
    if (entry->schedule.overlap == Overlap::skip) {
        auto asking = is_open(entry->schedule.slot_job_id);
        busy = co_await std::move(asking);
    }
    if (busy) {
        auto skipping = skip(entry, slot);
        co_await std::move(skipping);
        co_return;
    }
    auto next = entry->schedule;
    ++next.revision;
    if (!has_bug(Bug::slot_not_settled)) settle_slot(next, entry->rule, slot);
    next.last_slot = slot;
    next.last_run_at = time_.wall();
    auto key = slot_key(next, slot);
    auto making = make_job(entry, std::move(next), std::move(key), true, {});
    auto made = co_await std::move(making);
    if (!made) {
        entry->trouble = made.error();
        co_return;
    }
    log_info("schedule served", {{"scheduleId", entry->schedule.id}, {"slot", iso(slot)}, {"jobId", made->id()}});
    entry->trouble.reset();
    entry->waiting.reset();
    look(*entry);
}

Task<void> Schedules::skip(Entry entry, WallTime slot) {
    auto next = entry->schedule;
    ++next.revision;
    settle_slot(next, entry->rule, slot);
    next.last_skipped_at = slot;
    auto replacing = replace(entry, std::move(next), true);
    auto replaced = co_await std::move(replacing);
    if (!replaced) {
        entry->trouble = replaced.error();
        co_return;
    }
    log_info("slot skipped, the job before is still open", {{"scheduleId", entry->schedule.id}, {"slot", iso(slot)}});
    entry->trouble.reset();
    entry->waiting.reset();
    look(*entry);
}

Task<bool> Schedules::is_open(std::optional<std::string> job_id) {
    if (!job_id) co_return false;
    auto reading = queue_.get(*job_id);
    auto job = co_await std::move(reading);
    co_return job && lanekeeper::is_open(job->state);
}

Task<Result<Job>> Schedules::make_job(Entry entry, Schedule next, std::string key, bool of_slot, Keep<Job> keep) {
    auto submission = read_(next.job);
    if (!submission) co_return submission.error();
    submission->dedupe_key = std::move(key);
    submission->along = [next, of_slot, keep](const Job& job) {
        Effects effects;
        effects.puts.push_back(next_record(with_job(next, job.id(), of_slot)));
        if (keep) effects.puts.push_back(keep(job));
        return effects;
    };
    std::vector<Submission> jobs;
    jobs.push_back(std::move(*submission));
    auto submitting = queue_.submit(std::move(jobs));
    auto submitted = co_await std::move(submitting);
    if (!submitted && is_changed_elsewhere(submitted.error())) {
        auto reading = read_again(entry);
        co_await std::move(reading);
        co_return conflict(next.id);
    }
    if (!submitted) co_return submitted.error();
    auto made = std::move(submitted->front());
    entry->take(with_job(std::move(next), made.job.id(), of_slot), of_slot);
    if (made.how != Enqueued::How::enqueued) {  // the record names a job that was not needed
        auto again = entry->schedule;
        ++again.revision;
        auto replacing = replace(entry, std::move(again), of_slot);
        auto replaced = co_await std::move(replacing);
        if (!replaced) co_return replaced.error();
    }
    co_return std::move(made.job);
}

Task<Result<void>> Schedules::replace(Entry entry, Schedule next, bool passes) {
    Effects effects;
    effects.puts.push_back(next_record(next));
    auto committing = ledger_.commit(time_.wall(), std::move(effects));
    auto committed = co_await std::move(committing);
    if (!committed && is_changed_elsewhere(committed.error())) {
        auto reading = read_again(entry);
        co_await std::move(reading);
        co_return conflict(next.id);
    }
    if (!committed) co_return committed.error();
    entry->take(std::move(next), passes);
    Result<void> replaced;
    co_return replaced;
}

/// Somebody else was first: what is stored counts.
Task<void> Schedules::read_again(Entry entry) {
    auto reading = ledger_.reader().record(schedule_kind, "", entry->schedule.id);
    auto record = co_await std::move(reading);
    if (!record) {
        entry->removed = true;
        entries_.erase(entry->schedule.id);
        co_return;
    }
    entry->schedule = schedule_from(record->body);
    auto rule = read_rule(entry->schedule);
    entry->rule = rule ? *rule : SlotRule();
    look(*entry);
}

}  // namespace lanekeeper

#include "store/plan.hpp"

#include "base/ids.hpp"
#include "base/test_bugs.hpp"
#include "job/aggregate.hpp"
#include "store/planner.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

bool promotes_too_early(const JobHead& stored, const Job& next) {
    return stored.state == JobState::pending && next.state == JobState::queued && stored.open_dependencies > 0;
}

}  // namespace

Problem stale_job(std::int64_t key, const std::optional<JobHead>& head) {
    auto id = head ? head->id(key) : job_id(key);
    json::object details{{"jobId", id}};
    if (head) details["state"] = to_word(head->state);
    return {"stale_job", fmt::format("job {} has changed meanwhile", id), std::move(details)};
}

std::string JobHead::id(std::int64_t key) const { return client_id ? *client_id : job_id(key); }

Result<Plan> plan_mutation(Rows& rows, Mutation mutation) { return Planner(rows).run(std::move(mutation)); }

void overwrite(Job& stored, const Job& next) {
    Job result = next;
    result.key = stored.key;
    result.client_id = std::move(stored.client_id);
    result.name = std::move(stored.name);
    result.dependencies = std::move(stored.dependencies);
    result.timeout = stored.timeout;
    result.executor = std::move(stored.executor);
    result.type = std::move(stored.type);
    result.version = stored.version;
    result.owner = std::move(stored.owner);
    result.payload = std::move(stored.payload);
    result.dedupe_key = std::move(stored.dedupe_key);
    result.dedupe_match = std::move(stored.dedupe_match);
    result.created_at = stored.created_at;
    stored = std::move(result);
}

void number_events(std::vector<Event>& events, std::int64_t& last) {
    for (auto& event : events) {
        last += has_bug(Bug::seq_gap) && last % 16 == 15 ? 2 : 1;
        event.seq = last;
    }
}

Result<Plan> Planner::run(Mutation mutation) {
    for (const auto& fence : mutation.fences)
        if (auto ok = check_fence(fence); !ok) return ok.error();
    if (auto ok = insert_all(std::move(mutation.inserts), mutation.at); !ok) return ok.error();
    for (auto& job : mutation.updates)
        if (auto ok = update(std::move(job)); !ok) return ok.error();
    if (auto ok = effects(std::move(mutation.effects), mutation.at); !ok) return ok.error();
    tell_ = std::move(mutation.tell);
    if (auto ok = reopen_dependents(mutation.at); !ok) return ok.error();
    for (const auto& wish : mutation.cancels)
        if (auto ok = cancel_aggregate(wish, mutation.at); !ok) return ok.error();
    if (auto ok = cascade(mutation.at); !ok) return ok.error();
    if (mutation.answer) {
        auto answer = last_write_.empty() ? mutation.answer(plan_.inserted) : mutation.answer(inserted_as_they_are());
        if (auto ok = effects(std::move(answer), mutation.at); !ok) return ok.error();
    }
    return std::move(plan_);
}

/// A new job may have ended in the commit that makes it.
std::vector<Inserted> Planner::inserted_as_they_are() {
    auto inserted = plan_.inserted;
    for (auto& one : inserted)
        if (last_write_.contains(one.job.key))
            if (auto job = planned(one.job.key)) one.job = std::move(*job);
    return inserted;
}

Result<void> Planner::check_fence(const RunFence& fence) {
    if (has_bug(Bug::fence_dropped)) return {};
    auto job = head(fence.key);
    if (job && job->state == JobState::running && job->run == fence.run) return {};
    auto id = public_id(fence.key);
    json::object details{{"jobId", id}, {"run", fence.run}};
    return Problem("stale_run", fmt::format("run {} of {} is over", fence.run, id), std::move(details));
}

Result<void> Planner::update(JobUpdate update) {
    auto key = update.next.key;
    auto stored = head(key);
    bool fits = stored && stored->state == update.from && stored->run == update.from_run;
    if (!stored || (!fits && !has_bug(Bug::fence_dropped))) return stale_job(key, stored);
    if (promotes_too_early(*stored, update.next)) return stale_job(key, stored);
    if (is_terminal(stored->state) && is_open(update.next.state))
        if (auto ok = reopen(update, *stored); !ok) return ok;
    if (stored->workflow_id && stored->state == JobState::running) keep_wish(update.next);
    if (is_open(stored->state) && is_terminal(update.next.state)) ended_.push_back(key);
    update.next.open_dependencies = is_terminal(stored->state) ? 0 : stored->open_dependencies;
    auto next = head_of(update.next);
    next.owner = stored->owner;
    next.client_id = std::move(stored->client_id);
    next.aggregate = stored->aggregate;
    heads_[key] = std::move(next);
    write_job(JobWrite{std::move(update.next), stored->state, std::move(stored->owner)});
    return {};
}

void Planner::write_job(JobWrite write) {
    last_write_[write.next.key] = plan_.updates.size();
    plan_.updates.push_back(std::move(write));
}

std::optional<JobHead> Planner::head(std::int64_t key) {
    auto planned = heads_.find(key);
    if (planned != heads_.end()) return planned->second;
    return rows_.head(key);
}

JobHead Planner::head_of(const Job& job) {
    return JobHead{job.owner, job.state, job.run, job.open_dependencies, job.scheduled_for, job.client_id, job.workflow_id, is_aggregate(job)};
}

std::string Planner::public_id(std::int64_t key) {
    auto known = head(key);
    return known ? known->id(key) : job_id(key);
}

}  // namespace lanekeeper

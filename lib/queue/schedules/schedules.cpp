#include "queue/schedules/schedules.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/ledger.hpp"
#include "queue/schedules/schedule_entry.hpp"
#include "queue/schedules/schedule_record.hpp"
#include "queue/schedules/schedule_rule.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

Schedule schedule_of(ScheduleSpec spec, WallTime now) {
    Schedule schedule;
    schedule.name = std::move(spec.name);
    schedule.cron = std::move(spec.cron);
    schedule.timezone = std::move(spec.timezone);
    schedule.job = std::move(spec.job);
    schedule.overlap = spec.overlap;
    schedule.missed = spec.missed;
    schedule.enabled = spec.enabled;
    schedule.created_at = now;
    schedule.updated_at = now;
    schedule.passed = now;
    return schedule;
}

/// A new rule, and a schedule that is switched on, count from now: nothing is made up for.
bool begins_anew(const Schedule& schedule, const ScheduleChange& change) {
    return (change.cron && *change.cron != schedule.cron) || (change.timezone && *change.timezone != schedule.timezone) ||
           (change.enabled && *change.enabled && !schedule.enabled);
}

Schedule changed(Schedule schedule, ScheduleChange change, WallTime now) {
    if (begins_anew(schedule, change)) schedule.passed = now;
    if (change.name) schedule.name = std::move(*change.name);
    if (change.cron) schedule.cron = std::move(*change.cron);
    if (change.timezone) schedule.timezone = std::move(*change.timezone);
    if (change.job) schedule.job = std::move(*change.job);
    schedule.overlap = change.overlap.value_or(schedule.overlap);
    schedule.missed = change.missed.value_or(schedule.missed);
    schedule.enabled = change.enabled.value_or(schedule.enabled);
    schedule.updated_at = now;
    ++schedule.revision;
    return schedule;
}

Problem unknown(const std::string& id) { return {"not_found", "there is no such schedule", {{"scheduleId", id}}}; }

Problem below(const char* member, Problem problem) {
    for (auto& issue : problem.issues) issue.path.insert(issue.path.begin(), member);
    return problem;
}

}  // namespace

Schedules::Schedules(Ledger& ledger, Queue& queue, TimeSource& time, Random& random, asio::any_io_executor executor, ReadJob read)
    : ledger_(ledger), queue_(queue), time_(time), strand_(asio::make_strand(executor)), read_(std::move(read)), ids_(random),
      growing_(strand_), nursery_(strand_, "schedules"), alarm_(time.alarm(strand_)) {}

Schedules::~Schedules() = default;

Task<void> Schedules::start(bool serve) { return on_strand(strand_, load(serve)); }
Task<void> Schedules::stop() { return on_strand(strand_, end()); }
Task<Result<ScheduleView>> Schedules::create(ScheduleSpec spec, Keep<ScheduleView> keep) {
    return on_strand(strand_, create_here(std::move(spec), std::move(keep)));
}
Task<Result<ScheduleView>> Schedules::get(std::string id) { return on_strand(strand_, get_here(std::move(id))); }
Task<SchedulePage> Schedules::list(std::string after, std::size_t limit) {
    return on_strand(strand_, list_here(std::move(after), limit));
}
Task<Result<ScheduleView>> Schedules::change(std::string id, ScheduleChange change) {
    return on_strand(strand_, change_here(std::move(id), std::move(change)));
}
Task<Result<void>> Schedules::remove(std::string id) { return on_strand(strand_, remove_here(std::move(id))); }
Task<Result<Job>> Schedules::run_now(std::string id, Keep<Job> keep) {
    return on_strand(strand_, run_here(std::move(id), std::move(keep)));
}

Schedules::Entry Schedules::find(const std::string& id) const {
    auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : found->second;
}

/// All that a door asks of a schedule.
Result<SlotRule> Schedules::check(const Schedule& schedule) const {
    auto rule = read_rule(schedule);
    if (!rule) return rule;
    auto submission = read_(schedule.job);
    if (!submission) return below("job", submission.error());
    auto fits = queue_.check_submission(*submission);
    if (!fits) return below("job", fits.error());
    return rule;
}

/// Those that it names must be there when it is made; what has become of them is each slot's to see.
Task<Result<void>> Schedules::check_dependencies(json::object job) {
    Result<void> checked;
    auto submission = read_(job);
    if (!submission) co_return checked;  // the other check's to say
    json::array unknown;
    for (const auto& id : submission->dependencies) {
        auto reading = queue_.get(id);
        auto found = co_await std::move(reading);
        if (!found) unknown.emplace_back(id);
    }
    if (unknown.empty()) co_return checked;
    auto message = fmt::format("no such job: {}", std::string_view(unknown.front().as_string()));
    checked = Problem("unknown_dependency", std::move(message), {{"ids", std::move(unknown)}});
    co_return checked;
}

Task<void> Schedules::load(bool serve) {
    for (std::int64_t after = 0; !stopping_;) {
        auto reading = ledger_.reader().records(schedule_kind, "", after, limits::page_max);
        auto records = co_await std::move(reading);
        if (records.empty()) break;
        after = records.back().order;
        for (const auto& record : records) {
            auto schedule = schedule_from(record.body);
            auto rule = read_rule(schedule);
            auto entry = std::make_shared<ScheduleEntry>(std::move(schedule), rule ? *rule : SlotRule(), strand_);
            if (!rule) {
                entry->trouble = rule.error();
                log_error("schedule stands still", {{"scheduleId", record.key}, {"code", rule.error().code}, {"error", rule.error().message}});
            }
            look(*entry);
            entries_.insert_or_assign(record.key, std::move(entry));
        }
    }
    if (stopping_ || !serve) co_return;
    seen_ = time_.wall();
    seen_at_ = time_.mono();
    auto watching = watch();
    nursery_.start("schedule timer", std::move(watching));
}

Task<void> Schedules::end() {
    stopping_ = true;
    alarm_->wake();
    auto waiting = nursery_.wait_empty();
    co_await std::move(waiting);
}

Task<Result<ScheduleView>> Schedules::create_here(ScheduleSpec spec, Keep<ScheduleView> keep) {
    auto now = time_.wall();
    auto schedule = schedule_of(std::move(spec), now);
    auto rule = check(schedule);
    if (!rule) co_return rule.error();
    auto checking = check_dependencies(schedule.job);
    auto known = co_await std::move(checking);
    if (!known) co_return known.error();
    auto taking = growing_.take();
    auto hold = co_await std::move(taking);
    if (entries_.size() >= limits::schedules)
        co_return Problem("too_many_schedules", "there are as many schedules as there may be", {{"limit", limits::schedules}});
    schedule.id = ids_.next("sch", now);
    auto entry = std::make_shared<ScheduleEntry>(std::move(schedule), std::move(*rule), strand_);
    look(*entry);
    Effects effects;
    effects.puts.push_back(new_record(entry->schedule));
    if (keep) effects.puts.push_back(keep(entry->view()));
    auto committing = ledger_.commit(now, std::move(effects));
    auto committed = co_await std::move(committing);
    if (!committed) co_return committed.error();
    entries_.emplace(entry->schedule.id, entry);
    alarm_->wake();
    co_return entry->view();
}

Task<Result<ScheduleView>> Schedules::get_here(std::string id) {
    auto entry = find(id);
    if (!entry) co_return unknown(id);
    co_return entry->view();
}

Task<SchedulePage> Schedules::list_here(std::string after, std::size_t limit) {
    SchedulePage page;
    page.total = entries_.size();
    for (auto at = entries_.upper_bound(after); at != entries_.end() && page.schedules.size() < limit; ++at)
        page.schedules.push_back(at->second->view());
    bool more = !page.schedules.empty() && page.schedules.back().schedule.id != entries_.rbegin()->first;
    if (more) page.next = page.schedules.back().schedule.id;
    co_return page;
}

Task<Result<ScheduleView>> Schedules::change_here(std::string id, ScheduleChange change) {
    auto entry = find(id);
    if (!entry) co_return unknown(id);
    auto taking = entry->baton.take();
    auto hold = co_await std::move(taking);
    if (entry->removed) co_return unknown(id);
    bool anew = begins_anew(entry->schedule, change);
    bool other_job = change.job.has_value();
    auto next = changed(entry->schedule, std::move(change), time_.wall());
    // One that is switched off is let be, whatever has become of its job: it must be possible to switch it off.
    auto rule = other_job || next.enabled ? check(next) : read_rule(next);
    if (!rule) co_return rule.error();
    if (other_job) {
        auto checking = check_dependencies(next.job);
        auto known = co_await std::move(checking);
        if (!known) co_return known.error();
    }
    auto replacing = replace(entry, std::move(next), anew);
    auto replaced = co_await std::move(replacing);
    if (!replaced) co_return replaced.error();
    entry->rule = std::move(*rule);
    entry->trouble.reset();
    entry->tries = 0;
    entry->retry_at = time_.mono();
    look(*entry);
    alarm_->wake();
    co_return entry->view();
}

Task<Result<void>> Schedules::remove_here(std::string id) {
    auto entry = find(id);
    if (!entry) co_return unknown(id);
    auto taking = entry->baton.take();
    auto hold = co_await std::move(taking);
    if (entry->removed) co_return unknown(id);
    Effects effects;
    effects.deletes.emplace_back(schedule_kind, "", id);
    auto committing = ledger_.commit(time_.wall(), std::move(effects));
    auto committed = co_await std::move(committing);
    if (!committed) co_return committed.error();
    entry->removed = true;
    entries_.erase(id);
    Result<void> removed;
    co_return removed;
}

}  // namespace lanekeeper

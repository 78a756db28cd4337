// What time does: it makes slots due, and brings those again that got no job.
#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/schedules/schedule_entry.hpp"
#include "queue/schedules/schedules.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr int most_doublings = 6;

Millis pause_after(int tries) {
    return std::min<Millis>(limits::schedule_retry * (1 << std::min(tries, most_doublings)), limits::schedule_retry_max);
}

}  // namespace

void Schedules::look(ScheduleEntry& entry) { look(entry, time_.wall()); }

void Schedules::look(ScheduleEntry& entry, WallTime since) {
    if (!entry.ticks()) {
        entry.waiting.reset();
        entry.next.reset();
        return;
    }
    auto seen = look_for_slot(entry.schedule, entry.rule, std::max(time_.wall(), since), since, entry.waiting);
    if (entry.waiting != seen.due) {  // the slot that replaces another begins anew
        entry.tries = 0;
        entry.retry_at = time_.mono();
        entry.trouble.reset();
    }
    bool missed = !seen.due && seen.passed > entry.schedule.passed && !entry.schedule.settled.has(seen.passed);
    if (missed) log_info("slot missed", {{"scheduleId", entry.schedule.id}, {"slot", iso(seen.passed)}});
    entry.waiting = seen.due;
    entry.next = seen.next;
    entry.schedule.passed = seen.passed;
}

/// A clock that was set back makes every schedule look anew, from where it stands since; else it is enough to look at those
/// whose slot has come.
void Schedules::look_at_clock() {
    auto now = time_.wall();
    bool back = now < seen_;
    auto asleep = std::chrono::duration_cast<Millis>(time_.mono() - seen_at_);
    seen_ = now;
    seen_at_ = time_.mono();
    for (const auto& [id, entry] : entries_)
        if (entry->ticks() && (back || (entry->next && *entry->next <= now))) look(*entry, now - asleep);
}

Task<void> Schedules::watch() {
    while (!stopping_) {
        look_at_clock();
        auto serving = serve_waiting();
        co_await std::move(serving);
        if (stopping_) co_return;
        auto waiting = alarm_->wait_until(next_wake());
        co_await std::move(waiting);
    }
}

Task<void> Schedules::serve_waiting() {
    std::vector<Entry> due;
    if (time_.mono() < storage_after_) co_return;
    for (const auto& [id, entry] : entries_)
        if (entry->waiting && entry->retry_at <= time_.mono()) due.push_back(entry);
    for (const auto& entry : due) {
        if (stopping_) co_return;
        auto trying = try_serve(entry);
        bool storage = co_await std::move(trying);
        if (!storage) co_return;  // the others would fare no better
    }
}

/// False: the store cannot take anything now.
Task<bool> Schedules::try_serve(Entry entry) {
    bool storage = true;
    try {
        auto serving = serve(entry);
        co_await std::move(serving);
    } catch (const StorageUnavailable& error) {
        storage = false;
        storage_after_ = time_.mono() + limits::schedule_retry;
        entry->trouble = Problem("storage_unavailable", error.what());
    } catch (const std::exception& error) {
        entry->trouble = Problem("internal_error", error.what());
    }
    if (!entry->waiting || !entry->trouble) co_return storage;
    entry->retry_at = time_.mono() + pause_after(entry->tries++);
    log_warn("slot got no job yet", {{"scheduleId", entry->schedule.id},
                                     {"slot", iso(*entry->waiting)},
                                     {"code", entry->trouble->code},
                                     {"error", entry->trouble->message}});
    co_return storage;
}

MonoTime Schedules::next_wake() const {
    auto wake = MonoTime::max();
    auto now = time_.mono();
    auto wall = time_.wall();
    for (const auto& [id, entry] : entries_) {
        if (!entry->ticks()) continue;
        wake = std::min(wake, now + limits::schedule_look);
        if (entry->waiting) wake = std::min(wake, std::max(entry->retry_at, storage_after_));
        if (entry->next && *entry->next - wall < limits::schedule_look) wake = std::min(wake, now + std::max(*entry->next - wall, Millis{0}));
    }
    return wake;
}

}  // namespace lanekeeper

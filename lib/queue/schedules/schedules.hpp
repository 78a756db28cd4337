#pragma once
#include "async/baton.hpp"
#include "async/nursery.hpp"
#include "async/on_strand.hpp"
#include "async/time_source.hpp"
#include "base/ids.hpp"
#include "queue/queue.hpp"
#include "queue/schedules/schedule_spec.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

class Ledger;
struct ScheduleEntry;

/// Jobs by the clock (jobs-family.md, Schedules). Each slot of a schedule is one job: the job and the schedule's record, which
/// says that the slot had its turn, are one commit, and the store takes that record only in place of the one it was made from.
///
/// Everything below happens on its strand; public functions may be called from anywhere, and resume there. Changes of one
/// schedule come one after the other. Refusals: `not_found` {scheduleId}, `too_many_schedules` {limit}, `invalid_request`, `zone_data_missing`,
/// and those of `Queue::submit`. `StorageUnavailable` passes through.
class Schedules {
public:
    /// Reads the submission of a schedule as it was stored: the same at the door and at each slot. Any thread.
    using ReadJob = std::function<Result<Submission>(const json::object& job)>;
    /// A row to commit with what is made. Pure.
    template <class Made>
    using Keep = std::function<RecordPut(const Made&)>;

    /// All references outlive it. The queue is started before it, and stopped after it.
    Schedules(Ledger& ledger, Queue& queue, TimeSource& time, Random& random, asio::any_io_executor executor, ReadJob read);
    ~Schedules();

    /// Reads what is stored. Slots get their jobs from now on, if they are to.
    Task<void> start(bool serve);
    /// No slot is served any more. Harmless before start, and twice.
    Task<void> stop();

    Task<Result<ScheduleView>> create(ScheduleSpec spec, Keep<ScheduleView> keep = {});
    Task<Result<ScheduleView>> get(std::string id);
    /// In the order of their creation.
    Task<SchedulePage> list(std::string after, std::size_t limit);
    Task<Result<ScheduleView>> change(std::string id, ScheduleChange change);
    /// Its jobs stay.
    Task<Result<void>> remove(std::string id);
    /// A job at once, beside the slots.
    Task<Result<Job>> run_now(std::string id, Keep<Job> keep = {});

private:
    using Entry = std::shared_ptr<ScheduleEntry>;

    // schedules.cpp
    Task<void> load(bool serve);
    Task<void> end();
    Task<Result<ScheduleView>> create_here(ScheduleSpec spec, Keep<ScheduleView> keep);
    Task<Result<ScheduleView>> get_here(std::string id);
    Task<SchedulePage> list_here(std::string after, std::size_t limit);
    Task<Result<ScheduleView>> change_here(std::string id, ScheduleChange change);
    Task<Result<void>> remove_here(std::string id);
    Entry find(const std::string& id) const;
    Result<SlotRule> check(const Schedule& schedule) const;
    Task<Result<void>> check_dependencies(json::object job);

    // schedules_serve.cpp
    Task<Result<Job>> run_here(std::string id, Keep<Job> keep);
    Task<void> serve(Entry entry);
    Task<void> skip(Entry entry, WallTime slot);
    Task<bool> is_open(std::optional<std::string> job_id);
    Task<Result<Job>> make_job(Entry entry, Schedule next, std::string key, bool of_slot, Keep<Job> keep);
    Task<Result<void>> replace(Entry entry, Schedule next, bool passes);
    Task<void> read_again(Entry entry);

    // schedules_timer.cpp
    void look(ScheduleEntry& entry);
    void look(ScheduleEntry& entry, WallTime since);
    Task<void> watch();
    void look_at_clock();
    Task<void> serve_waiting();
    Task<bool> try_serve(Entry entry);
    MonoTime next_wake() const;

    Ledger& ledger_;
    Queue& queue_;
    TimeSource& time_;
    Strand strand_;
    ReadJob read_;
    RisingIds ids_;
    Baton growing_;  // so that the bound holds while a creation is under way
    Nursery nursery_;
    std::unique_ptr<Alarm> alarm_;
    std::map<std::string, Entry> entries_;  // ids rise
    WallTime seen_{};           // of the wall clock, at the last look
    MonoTime seen_at_{};
    MonoTime storage_after_{};  // the store could take nothing: nothing is tried before
    bool stopping_ = false;
};

}  // namespace lanekeeper

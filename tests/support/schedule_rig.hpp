#pragma once
#include "queue/schedules/schedules.hpp"
#include "support/pool_rig.hpp"

namespace lanekeeper::testing {

/// Schedules over a queue, from 2026-01-01T00:00Z on.
struct ScheduleRig : QueueRig {
    std::unique_ptr<Schedules> schedules;

    ScheduleRig() {
        define();
        start();
        begin();
    }
    explicit ScheduleRig(PoolSettings chosen) {
        pool = chosen;
        define();
        restart();
        begin();
    }
    ~ScheduleRig() { kill(); }

    void begin(bool serve = true) {
        schedules = std::make_unique<Schedules>(*ledger, *queue, time, random, context->get_executor(), read);
        wait_for(schedules->start(serve));
    }
    void kill() {
        context->destroy_waiting();
        schedules.reset();
    }
    /// Killed; dead for so long.
    void live_again(Millis dead = Millis{0}) {
        kill();
        restart();
        time.advance(*context, dead);
        begin();
    }
    /// Shorter than the real reader: {type, payload, projectId, dependencies}.
    static Result<Submission> read(const json::object& job) {
        Submission submission;
        submission.type = members::text(job, "type");
        submission.owner = members::text(job, "projectId");
        if (const auto* payload = members::object(job, "payload")) submission.payload = *payload;
        if (const auto* ids = members::array(job, "dependencies"))
            for (const auto& id : *ids) submission.dependencies.emplace_back(id.as_string());
        submission.told = job;
        return submission;
    }

    static ScheduleSpec spec(std::string cron, json::object payload = {}) {
        ScheduleSpec spec;
        spec.name = "reports";
        spec.cron = std::move(cron);
        spec.job = {{"type", "work"}, {"payload", std::move(payload)}};
        return spec;
    }
    Result<ScheduleView> try_create(ScheduleSpec wanted) { return wait_for(schedules->create(std::move(wanted))); }
    std::string create(ScheduleSpec wanted) { return try_create(std::move(wanted)).value().schedule.id; }
    std::string create(std::string cron, json::object payload = {}) { return create(spec(std::move(cron), std::move(payload))); }
    ScheduleView view(const std::string& id) { return wait_for(schedules->get(id)).value(); }
    Result<ScheduleView> change(const std::string& id, ScheduleChange wanted) { return wait_for(schedules->change(id, std::move(wanted))); }

    /// All jobs of the schedule that were ever made, oldest first.
    std::vector<Job> jobs_of(const std::string& id) {
        std::vector<Job> found;
        JobQuery query;
        query.any_owner = true;
        query.limit = 10'000;
        for (auto& job : wait_for(queue->list(query)).jobs)
            if (job.dedupe_key && job.dedupe_key->starts_with("schedule:" + id + ":")) found.push_back(std::move(job));
        return found;
    }
    /// The slots that have jobs, "hh:mm" each, one for each job.
    std::vector<std::string> slots_of(const std::string& id) {
        std::vector<std::string> slots;
        for (const auto& job : jobs_of(id)) slots.push_back(job.dedupe_key->substr(job.dedupe_key->find('T') + 1, 5));
        return slots;
    }
};

}  // namespace lanekeeper::testing

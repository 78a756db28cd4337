#include "simulation/people/schedule_person.hpp"

#include "simulation/job_types.hpp"

namespace lanekeeper::simulation {
namespace {

constexpr std::size_t enough_schedules = 3;

}  // namespace

Result<Submission> read_scheduled(const json::object& job) {
    Submission submission;
    submission.type = std::string(job.at("type").as_string());
    submission.payload = job.at("payload").as_object();
    submission.told = job;
    return submission;
}

Task<void> SchedulePerson::act() {
    auto& known = memory_.schedules;
    if (known.size() < enough_schedules) {
        co_await create();
        co_return;
    }
    auto place = random_.below(known.size());
    auto id = known[place];
    auto dice = random_.below(10);
    if (dice < 4) {
        co_await change(std::move(id));
    } else if (dice < 6) {
        auto running = schedules_.run_now(std::move(id));
        co_await std::move(running);
    } else if (dice == 6) {
        known.erase(known.begin() + std::ptrdiff_t(place));
        auto removing = schedules_.remove(std::move(id));
        co_await std::move(removing);
    }
}

Task<void> SchedulePerson::create() {
    ScheduleSpec spec;
    spec.name = "by the minute";
    spec.cron = "* * * * *";
    spec.job = json::object{{"type", "plain"}, {"payload", steady_payload(random_, ++memory_.orders, one_in(random_, 4))}};
    spec.overlap = one_in(random_, 2) ? Overlap::skip : Overlap::queue;
    spec.missed = one_in(random_, 2) ? Missed::once : Missed::none;
    auto creating = schedules_.create(std::move(spec));
    auto created = co_await std::move(creating);
    if (created) memory_.schedules.push_back(created->schedule.id);
}

Task<void> SchedulePerson::change(std::string id) {
    ScheduleChange change;
    if (one_in(random_, 2)) change.enabled = !one_in(random_, 3);
    if (one_in(random_, 3)) change.overlap = one_in(random_, 2) ? Overlap::skip : Overlap::queue;
    if (one_in(random_, 3)) change.cron = one_in(random_, 2) ? "*/2 * * * *" : "* * * * *";
    auto changing = schedules_.change(std::move(id), std::move(change));
    co_await std::move(changing);
}

}  // namespace lanekeeper::simulation

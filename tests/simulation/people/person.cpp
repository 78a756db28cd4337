#include "simulation/people/person.hpp"

#include "queue/schedules/schedules.hpp"

namespace lanekeeper::simulation {

std::vector<std::string> owners() { return {"p1", "p2", "p3", "session:s1"}; }

Task<void> Person::live() {
    while (!leaving_ || stays()) {
        auto rest = some_ms(random_, 1, longest_pause().count());
        co_await pause_for(time_, rest);
        if (leaving_ && !stays()) co_return;
        try {
            auto acting = act();
            co_await std::move(acting);
        } catch (const StorageUnavailable&) {
            referee_.trace().line("client: the store is not available");
        }
    }
}

std::string Person::some_owner() {
    auto all = owners();
    return all[random_.below(all.size())];
}

std::int64_t Person::some_job() {
    auto count = memory_.jobs.size();
    auto back = random_.below(std::min<std::uint64_t>(count, one_in(random_, 4) ? count : 8));
    return memory_.jobs[count - 1 - back];
}

void Person::acknowledged(const Enqueued& enqueued) {
    const Job& job = enqueued.job;
    const auto* entry = referee_.book().find(job.key);
    bool fresh = enqueued.how == Enqueued::How::enqueued;
    referee_.trace().line("client: {} {}", fresh ? "enqueued" : "was given", referee_.book().name(job.key));
    if (!fresh) referee_.count("answered with an open job");
    if (!entry) return referee_.broken("acknowledged_is_kept", "a job was acknowledged that is not in the store");
    memory_.jobs.push_back(job.key);
}

Task<void> Person::cancel() {
    if (memory_.jobs.empty()) co_return;
    auto key = some_job();
    auto canceling = queue_.cancel(id_of(key), "user asked " + std::to_string(random_.below(1000)));
    auto canceled = co_await std::move(canceling);
    auto name = referee_.book().name(key);
    if (!canceled) referee_.trace().line("client: cancel {} refused, {}", name, canceled.error().code);
    else referee_.trace().line("client: cancel {}, {}", name, to_word(canceled->state));
    bool asked = canceled && (canceled->state == JobState::canceled || canceled->cancel_requested_at);
    if (canceled && !asked) referee_.broken("cancel_is_kept", name + " was said to be canceled and is not");
}

Task<void> Person::retry() {
    if (memory_.jobs.empty()) co_return;
    auto key = some_job();
    bool cascade = one_in(random_, 2);
    referee_.retry_asked(key, cascade);
    auto retrying = queue_.retry(id_of(key), cascade);
    auto retried = co_await std::move(retrying);
    auto answer = retried ? std::string("again") : "refused, " + retried.error().code;
    referee_.trace().line("client: retry {}, {}", referee_.book().name(key), answer);
}

Task<void> Person::await_end() {
    if (memory_.jobs.empty()) co_return;
    auto limit = some_ms(random_, 0, 2000);
    auto deadline = time_.mono() + limit;
    auto key = some_job();
    auto waiting = queue_.wait_terminal(id_of(key), limit);
    auto job = co_await std::move(waiting);
    if (!job) referee_.broken("acknowledged_is_kept", "an acknowledged job is gone");
    else if (!is_terminal(job->state) && time_.mono() < deadline && queue_.accepting())  // a stop answers everybody
        referee_.broken("waiters_wait", "somebody was told too early that " + referee_.book().name(key) + " had ended");
}

Task<void> Person::pause(std::string lane) {
    auto command = one_in(random_, 3) ? Queue::LaneCommand::drain : Queue::LaneCommand::pause;
    referee_.trace().line("client: {} {}", command == Queue::LaneCommand::drain ? "drain" : "pause", lane);
    auto commanding = queue_.command_lane(lane, command);
    auto done = co_await std::move(commanding);
    if (!done) co_return;
    co_await pause_for(time_, some_ms(random_, 10, 1500));
    auto resuming = queue_.command_lane(lane, Queue::LaneCommand::resume);
    auto resumed = co_await std::move(resuming);
    if (resumed && resumed->paused) referee_.broken("resume_resumes", lane + " is still paused");
}

Task<void> resume_all(Place place) {
    auto lanes = owners();
    lanes.push_back("pool");
    for (const auto& lane : lanes) {
        auto resuming = place.queue.command_lane(lane, Queue::LaneCommand::resume);
        co_await std::move(resuming);
    }
    auto listing = place.schedules.list("", 1000);
    auto page = co_await std::move(listing);
    for (const auto& one : page.schedules) {
        auto removing = place.schedules.remove(one.schedule.id);
        co_await std::move(removing);
    }
}

}  // namespace lanekeeper::simulation

#include "simulation/people/remote_person.hpp"

#include "simulation/job_types.hpp"

namespace lanekeeper::simulation {

Task<void> RemotePerson::act() {
    ClaimRequest request;
    request.worker_id = name_;
    request.types = one_in(random_, 3) ? std::vector<std::string>{"far"} : std::vector<std::string>{"far", "farther"};
    request.wait = some_ms(random_, 0, 500);
    request.lease = some_ms(random_, 500, longest_lease.count());
    auto claiming = queue_.claims().claim(std::move(request));
    auto claimed = co_await std::move(claiming);
    if (!claimed || !claimed->has_value()) co_return;
    Job job = (*claimed)->job;
    referee_.run_given(job);
    HeldRun held(job.id(), name_, job.run);
    auto working = work(held);
    bool holds = co_await std::move(working);
    if (!holds) co_return;
    auto dice = leaving_ ? 0 : random_.below(10);
    if (dice == 9) co_return;  // never heard of again
    constexpr Millis too_long = longest_lease + Millis{300};
    if (dice == 8) co_await pause_for(time_, too_long);
    if (dice >= 6 && dice < 8) co_await fail(std::move(held));
    else co_await complete(std::move(held), job.payload.at("n").as_int64());
}

// False: it is not his any more.
Task<bool> RemotePerson::work(HeldRun held) {
    for (auto steps = random_.below(4); steps > 0; --steps) {
        co_await pause_for(time_, some_ms(random_, 10, 600));
        auto beating = queue_.claims().heartbeat(held);
        auto lease = co_await std::move(beating);
        if (!lease) co_return false;
        if (lease->cancel_requested && !one_in(random_, 3)) break;
        if (one_in(random_, 2)) continue;
        auto telling = queue_.claims().progress(held, json::value(std::int64_t(steps)));
        auto told = co_await std::move(telling);
        if (!told) co_return false;
    }
    co_return true;
}

Task<void> RemotePerson::complete(HeldRun held, std::int64_t number) {
    CompletedRun end(json::object{{"sink", number}, {"by", name_}, {"run", held.run}});
    for (auto times = one_in(random_, 3) ? 2 : 1; times > 0; --times) {
        auto completing = queue_.claims().complete(held, end);
        auto completed = co_await std::move(completing);
        referee_.trace().line("worker {}: complete {} run {}, {}", name_, held.job_id, held.run,
                              completed ? "ok" : completed.error().code);
        if (!completed) co_return;
        const Job& job = referee_.book().find(*referee_.book().key_of(held.job_id))->job;
        if (job.state != JobState::completed || job.run != held.run || job.worker_id != name_)
            referee_.broken("acknowledged_is_kept", held.job_id + " was said to be completed and is not");
    }
}

Task<void> RemotePerson::fail(HeldRun held) {
    RemoteFailure failure;
    failure.error = "flaky: " + name_ + " " + std::to_string(held.run);
    failure.retryable = !one_in(random_, 4);
    if (one_in(random_, 4)) failure.snooze_until = time_.wall() + Millis{400};
    auto failing = queue_.claims().fail(held, failure);
    auto failed = co_await std::move(failing);
    referee_.trace().line("worker {}: fail {} run {}, {}", name_, held.job_id, held.run, failed ? "ok" : failed.error().code);
}

}  // namespace lanekeeper::simulation

// Jobs of a lane that workers outside of this program run: offered when they are next, and away while they run.
#include "queue/lane.hpp"
#include "queue/transition_commit.hpp"

namespace lanekeeper {

void Lane::note_remote(std::int64_t key, const std::string& type, const std::string& executor) {
    if (core_.registry.is_remote(executor)) remote_[key] = type;
}

void Lane::remove_waiting(std::int64_t key) {
    waiting_.remove(key);
    remote_.erase(key);
}

/// Tells what is next for a worker, where that has changed.
void Lane::offer(const std::optional<Choice>& choice) {
    auto key = choice ? std::optional(choice->key) : std::nullopt;
    if (key == offered_) return;
    offered_ = key;
    std::optional<RemoteOffer> offer;
    if (choice) offer.emplace(WaitingJob{choice->key, choice->priority, choice->since, {}}, remote_.at(choice->key), owner_);
    core_.offer(owner_, std::move(offer));
}

Task<std::optional<Job>> Lane::start_remote_here(StartOrder order) {
    auto taking = supervisor_.baton().take();
    auto hold = co_await std::move(taking);
    offered_.reset();  // whoever offered it took it off the line
    std::optional<Job> job;
    auto choice = serving_ ? std::optional<Choice>() : choose();
    if (!choice || choice->key != order.key) {  // something else is next by now
        report();
        co_return job;
    }
    auto wanted = order.still_wanted;
    std::exception_ptr failure;
    try {
        auto starting = start_job(core_, std::move(order));
        job = co_await std::move(starting);
    } catch (...) {
        failure = std::current_exception();
    }
    bool waits_on = failure || (!job && wanted && !wanted());
    if (!waits_on) remove_waiting(choice->key);
    if (job) {
        away_ = job->key;
        burst_ = burst_after(burst_, choice->job_class);
    }
    report();
    if (failure) std::rethrow_exception(failure);
    co_return job;
}

Task<void> Lane::remote_ended_here(Job job) {
    if (away_ == job.key) away_.reset();
    job_ran(job, run_time(job, core_.time.wall()));
    if (job.state == JobState::queued) add_waiting(job);
    report();
    co_return;
}

}  // namespace lanekeeper

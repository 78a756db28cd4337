#include "simulation/clients.hpp"

#include "base/ids.hpp"
#include "simulation/job_types.hpp"

namespace lanekeeper::simulation {

std::vector<std::string> owners() { return {"p1", "p2", "p3", "session:s1"}; }

Task<void> Clients::live() {
    while (!leaving_) {
        auto longest = one_in(random_, 6) ? 1500 : 200;
        auto pause = some_ms(random_, 1, longest);
        co_await pause_for(time_, pause);
        if (leaving_) co_return;
        try {
            auto acting = act();
            co_await std::move(acting);
        } catch (const StorageUnavailable&) {
            referee_.trace().line("client: the store is not available");
        }
    }
}

Task<void> Clients::act() {
    auto dice = random_.below(100);
    if (dice < 50) co_await enqueue(false);
    else if (dice < 60) co_await enqueue_burst();
    else if (dice < 63) co_await enqueue_once();
    else if (dice < 81) co_await cancel();
    else if (dice < 82) co_await cancel_session();
    else if (dice < 89) co_await retry();
    else if (dice < 96) co_await pause_lane();
    else co_await await_end();
}

std::string Clients::some_owner() {
    auto all = owners();
    return all[random_.below(all.size())];
}

// Most likely one of the latest.
std::int64_t Clients::some_job() {
    auto count = memory_.jobs.size();
    auto back = random_.below(std::min<std::uint64_t>(count, one_in(random_, 4) ? count : 8));
    return memory_.jobs[count - 1 - back];
}

EnqueueRequest Clients::request() {
    auto order = random_order(random_, ++memory_.orders);
    EnqueueRequest request;
    request.type = order.type;
    request.payload = std::move(order.payload);
    request.owner = some_owner();
    if (one_in(random_, 2)) request.source_session_id = one_in(random_, 2) ? "s1" : "s2";
    return request;
}

void Clients::acknowledged(const Enqueued& enqueued) {
    const Job& job = enqueued.job;
    const auto* entry = referee_.book().find(job.key);
    bool fresh = enqueued.how == Enqueued::How::enqueued;
    referee_.trace().line("client: {} {}", fresh ? "enqueued" : "was given", referee_.book().name(job.key));
    if (!fresh) referee_.count("answered with an open job");
    if (!entry) return referee_.broken("acknowledged_is_kept", "a job was acknowledged that is not in the store");
    memory_.jobs.push_back(job.key);
}

Task<void> Clients::enqueue(bool urgent) {
    auto asked = request();
    if (urgent) asked.payload["interactive"] = true;
    auto enqueuing = queue_.enqueue(std::move(asked));
    auto enqueued = co_await std::move(enqueuing);
    if (enqueued) acknowledged(*enqueued);
    else referee_.trace().line("client: refused, {}", enqueued.error().code);
}

// Urgent work for one lane, faster than it can be done: what starves others if anything does.
Task<void> Clients::enqueue_burst() {
    auto owner = some_owner();
    for (auto count = 3 + random_.below(8); count > 0 && !leaving_; --count) {
        auto asked = request();
        asked.owner = owner;
        asked.type = "plain";
        if (!one_in(random_, 5)) asked.payload["interactive"] = true;
        auto enqueuing = queue_.enqueue(std::move(asked));
        auto enqueued = co_await std::move(enqueuing);
        if (enqueued) acknowledged(*enqueued);
    }
}

// The same Idempotency-Key again: the same answer, also from another process.
Task<void> Clients::enqueue_once() {
    IdempotencyClaim claim;
    claim.scope = "enqueue";
    claim.key = "once-" + std::to_string(random_.below(6));
    claim.body_hash = "the same body";
    claim.answer = [](const Enqueued& enqueued) { return json::object{{"jobId", enqueued.job.id()}}; };
    auto asked = request();
    asked.type = "plain";
    asked.idempotency = claim;
    auto enqueuing = queue_.enqueue(std::move(asked));
    auto enqueued = co_await std::move(enqueuing);
    if (!enqueued) co_return;
    auto id = enqueued->replayed ? std::string(enqueued->replayed->at("jobId").as_string()) : enqueued->job.id();
    auto known = memory_.answers.emplace(claim.key, id).first->second;
    if (known != id) referee_.broken("idempotent_answers", "one key was answered with two jobs");
    if (!enqueued->replayed) acknowledged(*enqueued);
}

Task<void> Clients::cancel() {
    if (memory_.jobs.empty()) co_return;
    auto key = some_job();
    auto canceling = queue_.cancel(job_id(key), "user asked " + std::to_string(random_.below(1000)));
    auto canceled = co_await std::move(canceling);
    auto name = referee_.book().name(key);
    if (!canceled) referee_.trace().line("client: cancel {} refused, {}", name, canceled.error().code);
    else referee_.trace().line("client: cancel {}, {}", name, to_word(canceled->state));
    bool asked = canceled && (canceled->state == JobState::canceled || canceled->cancel_requested_at);
    if (canceled && !asked) referee_.broken("cancel_is_kept", name + " was said to be canceled and is not");
}

Task<void> Clients::cancel_session() {
    std::string session = one_in(random_, 2) ? "s1" : "s2";
    referee_.trace().line("client: cancel the jobs of {}", session);
    auto canceling = queue_.cancel_jobs_of_session(session, "session deleted");
    co_await std::move(canceling);
}

Task<void> Clients::retry() {
    if (memory_.jobs.empty()) co_return;
    auto key = some_job();
    referee_.retry_asked(key);
    auto retrying = queue_.retry(job_id(key));
    auto retried = co_await std::move(retrying);
    auto answer = retried ? std::string("again") : "refused, " + retried.error().code;
    referee_.trace().line("client: retry {}, {}", referee_.book().name(key), answer);
}

Task<void> Clients::pause_lane() {
    auto owner = some_owner();
    auto command = one_in(random_, 3) ? Queue::LaneCommand::drain : Queue::LaneCommand::pause;
    referee_.trace().line("client: {} {}", command == Queue::LaneCommand::drain ? "drain" : "pause", owner);
    auto commanding = queue_.command_lane(owner, command);
    auto done = co_await std::move(commanding);
    if (!done) co_return;
    co_await pause_for(time_, some_ms(random_, 10, 1500));
    auto resuming = queue_.command_lane(owner, Queue::LaneCommand::resume);
    auto resumed = co_await std::move(resuming);
    if (resumed && resumed->paused) referee_.broken("resume_resumes", owner + " is still paused");
}

Task<void> Clients::await_end() {
    if (memory_.jobs.empty()) co_return;
    auto limit = some_ms(random_, 0, 2000);
    auto deadline = time_.mono() + limit;
    auto key = some_job();
    auto waiting = queue_.wait_terminal(job_id(key), limit);
    auto job = co_await std::move(waiting);
    if (!job) referee_.broken("acknowledged_is_kept", "an acknowledged job is gone");
    else if (!is_terminal(job->state) && time_.mono() < deadline && queue_.accepting())  // a stop answers everybody
        referee_.broken("waiters_wait", "somebody was told too early that " + referee_.book().name(key) + " had ended");
}

Task<void> Clients::resume_all() {
    for (const auto& owner : owners()) {
        auto resuming = queue_.command_lane(owner, Queue::LaneCommand::resume);
        co_await std::move(resuming);
    }
}

}  // namespace lanekeeper::simulation

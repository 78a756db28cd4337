#include "simulation/people/lane_person.hpp"

#include "base/ids.hpp"
#include "simulation/job_types.hpp"

namespace lanekeeper::simulation {

Task<void> LanePerson::act() {
    auto dice = random_.below(100);
    if (dice < 50) co_await enqueue();
    else if (dice < 60) co_await enqueue_burst();
    else if (dice < 63) co_await enqueue_once();
    else if (dice < 81) co_await cancel();
    else if (dice < 82) co_await cancel_session();
    else if (dice < 89) co_await retry();
    else if (dice < 96) co_await pause(some_owner());
    else co_await await_end();
}

EnqueueRequest LanePerson::request() {
    auto order = random_order(random_, ++memory_.orders);
    EnqueueRequest request;
    request.type = order.type;
    request.payload = std::move(order.payload);
    request.owner = some_owner();
    if (one_in(random_, 2)) request.source_session_id = one_in(random_, 2) ? "s1" : "s2";
    return request;
}

Task<void> LanePerson::enqueue() {
    auto asked = request();
    auto enqueuing = queue_.enqueue(std::move(asked));
    auto enqueued = co_await std::move(enqueuing);
    if (enqueued) acknowledged(*enqueued);
    else referee_.trace().line("client: refused, {}", enqueued.error().code);
}

// Urgent work for one lane, faster than it can be done: what starves others if anything does.
Task<void> LanePerson::enqueue_burst() {
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
Task<void> LanePerson::enqueue_once() {
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

Task<void> LanePerson::cancel_session() {
    std::string session = one_in(random_, 2) ? "s1" : "s2";
    referee_.trace().line("client: cancel the jobs of {}", session);
    auto canceling = queue_.cancel_jobs_of_session(session, "session deleted");
    co_await std::move(canceling);
}

}  // namespace lanekeeper::simulation

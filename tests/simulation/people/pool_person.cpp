#include "simulation/people/pool_person.hpp"

#include "simulation/job_types.hpp"

#include <algorithm>

namespace lanekeeper::simulation {
namespace {

constexpr std::size_t enough_jobs = 30;  // open jobs of the pool: no more are submitted

std::vector<std::string> own_ids(const std::vector<Submission>& jobs) {
    std::vector<std::string> ids;
    for (const auto& job : jobs)
        if (job.client_id) ids.push_back(*job.client_id);
    return ids;
}

}  // namespace

Task<void> PoolPerson::act() {
    auto dice = random_.below(100);
    bool room = referee_.book().open_in_pool() < enough_jobs;
    if (dice < 40 && room) co_await submit_one();
    else if (dice < 55 && room) co_await submit_several();
    else if (dice < 57) co_await submit_unknown();
    else if (dice < 60) co_await submit_again();
    else if (dice < 78) co_await cancel();
    else if (dice < 88) co_await retry();
    else if (dice < 93) co_await pause("pool");
    else co_await await_end();
}

Submission PoolPerson::submission() {
    auto order = random_submission(random_, ++memory_.orders);
    Submission submission;
    submission.type = order.type;
    submission.payload = std::move(order.payload);
    submission.priority = int(random_.below(11));
    submission.told = json::object{{"type", submission.type}};
    // Lanes have jobs of our own only: what workers outside leave waiting would look like a lane that sits still.
    bool far = order.type.starts_with("far");
    if (!far && one_in(random_, 6)) submission.executor = std::string(default_executor);
    if (!far && one_in(random_, 5)) submission.owner = some_owner();
    if (far || one_in(random_, 3)) submission.client_id = "own-" + std::to_string(++memory_.own_ids);
    if (one_in(random_, 4)) submission.timeout = some_ms(random_, 50, 1500);
    if (one_in(random_, 4)) submission.max_retries = int(random_.below(4));
    if (one_in(random_, 6)) submission.dedupe_key = "d" + std::to_string(random_.below(4));
    if (one_in(random_, 5)) submission.scheduled_for = time_.wall() + some_ms(random_, -200, 2000);
    if (one_in(random_, 8)) submission.expires_at = time_.wall() + some_ms(random_, 50, 3000);
    return submission;
}

void PoolPerson::add_dependencies(Submission& submission) {
    if (memory_.jobs.empty() || one_in(random_, 3)) return;
    for (auto count = 1 + random_.below(3); count > 0; --count) submission.dependencies.push_back(id_of(some_job()));
}

Task<void> PoolPerson::submit_one() {
    auto job = submission();
    add_dependencies(job);
    Batch batch;
    batch.jobs.push_back(std::move(job));
    co_await submit(std::move(batch));
}

// Some depend on others of them, before or after them.
Task<void> PoolPerson::submit_several() {
    bool workflow = one_in(random_, 3);
    std::vector<Submission> jobs;
    for (auto count = 2 + random_.below(5); count > 0; --count) {
        auto job = submission();
        if (!job.client_id) job.client_id = "own-" + std::to_string(++memory_.own_ids);
        if (workflow) job.dedupe_key.reset();
        for (const auto& earlier : jobs)
            if (one_in(random_, 2)) job.dependencies.push_back(*earlier.client_id);
        if (one_in(random_, 4)) add_dependencies(job);
        jobs.push_back(std::move(job));
    }
    if (one_in(random_, 3)) std::reverse(jobs.begin(), jobs.end());
    Batch batch(std::move(jobs));
    if (workflow) batch.workflow = WorkflowRequest("some jobs", "dag");
    co_await submit(std::move(batch));
}

Task<void> PoolPerson::submit(Batch batch) {
    auto ids = own_ids(batch.jobs);
    auto submitting = queue_.submit(std::move(batch));
    auto submitted = co_await std::move(submitting);
    if (!submitted) {
        referee_.trace().line("client: submission refused, {}", submitted.error().code);
        for (const auto& id : ids)
            if (referee_.book().key_of(id)) referee_.broken("refused_changes_nothing", id + " was refused and is stored");
        co_return;
    }
    for (const auto& one : *submitted) acknowledged(one);
}

// One of several depends on nothing that there is.
Task<void> PoolPerson::submit_unknown() {
    std::vector<Submission> jobs{submission(), submission()};
    for (auto& job : jobs) {
        job.client_id = "own-" + std::to_string(++memory_.own_ids);
        job.dedupe_key.reset();  // nothing is asked of one for which another stands
    }
    jobs[random_.below(2)].dependencies = {"nobody"};
    auto ids = own_ids(jobs);
    auto submitting = queue_.submit(std::move(jobs));
    auto submitted = co_await std::move(submitting);
    if (submitted) referee_.broken("refused_changes_nothing", "a job may wait for one that does not exist");
    for (const auto& id : ids)
        if (referee_.book().key_of(id)) referee_.broken("refused_changes_nothing", id + " was refused and is stored");
}

// An id of a job that there is already.
Task<void> PoolPerson::submit_again() {
    if (memory_.jobs.empty()) co_return;
    auto id = referee_.book().find(some_job())->job.client_id;
    if (!id) co_return;
    auto job = submission();
    job.dedupe_key.reset();
    job.client_id = id;
    std::vector<Submission> jobs;
    jobs.push_back(std::move(job));
    auto submitting = queue_.submit(std::move(jobs));
    auto submitted = co_await std::move(submitting);
    if (submitted) referee_.broken("own_ids_are_unique", "a second job was given the id " + *id);
}

}  // namespace lanekeeper::simulation

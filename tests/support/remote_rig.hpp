#pragma once
#include "base/members.hpp"
#include "support/pool_rig.hpp"

namespace lanekeeper::testing {

inline Definition remote_definition() {
    Definition definition;
    definition.type = "worker";
    definition.remote = true;
    definition.payload_schema = Schema::open_object({});
    definition.result_schema = Schema::open_object({});
    definition.retry.backoff = Backoff::fixed(Millis{1000});
    definition.timeout = Millis{0};
    return definition;
}

/// A queue whose jobs of the executor "worker" are claimed by the test.
struct RemoteRig : QueueRig {
    using Answer = Result<std::optional<Claimed>>;

    explicit RemoteRig(PoolSettings chosen = {}) {
        pool = chosen;
        crash();
        define();
        registry.add_executor(remote_definition());
        restart();
    }

    Submission remote(std::string type = "resize", std::string owner = "") const {
        Submission job = submission({{"size", 7}});
        job.type = std::move(type);
        job.executor = "worker";
        job.owner = std::move(owner);
        return job;
    }
    Job submit_remote(std::string type = "resize", std::string owner = "") { return submit(remote(std::move(type), std::move(owner))); }

    static ClaimRequest asking(std::string worker, Millis wait = {}, std::vector<std::string> types = {"resize"}) {
        ClaimRequest request;
        request.worker_id = std::move(worker);
        request.types = std::move(types);
        request.wait = wait;
        return request;
    }
    Answer try_claim(ClaimRequest request) {
        settle();  // what lanes offer is known
        return wait_for(queue->claims().claim(std::move(request)));
    }
    /// At once, or nothing.
    std::optional<Claimed> claim(std::string worker, std::vector<std::string> types = {"resize"}) {
        return try_claim(asking(std::move(worker), Millis{0}, std::move(types))).value();
    }
    std::shared_ptr<std::optional<Answer>> claim_later(ClaimRequest request) {
        auto claimed = later(queue->claims().claim(std::move(request)));
        settle();
        return claimed;
    }
    static HeldRun held(const Claimed& claimed, std::string worker) {
        return HeldRun(claimed.job.id(), std::move(worker), claimed.job.run);
    }
    Result<LeaseState> heartbeat(HeldRun run) { return wait_for(queue->claims().heartbeat(std::move(run))); }
    Result<void> complete(HeldRun run, json::object result = {{"output", 42}}) {
        CompletedRun end(std::move(result));
        return wait_for(queue->claims().complete(std::move(run), std::move(end)));
    }
    Result<bool> fail(HeldRun run, RemoteFailure failure) {
        return wait_for(queue->claims().fail(std::move(run), std::move(failure)));
    }
    static RemoteFailure failure(std::string error, bool retryable = true) {
        RemoteFailure failure;
        failure.error = std::move(error);
        failure.retryable = retryable;
        return failure;
    }
    std::vector<std::string> told(const Job& job) const {
        std::vector<std::string> types;
        for (const auto& event : heard->events)
            if (event.job_id == job.id()) types.push_back(event.type);
        return types;
    }
};

template <class T>
std::string refusal(const Result<T>& result) {
    return result ? "granted" : result.error().code;
}

}  // namespace lanekeeper::testing

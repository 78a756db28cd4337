#pragma once
#include "base/ids.hpp"
#include "queue/local_queue.hpp"
#include "store/memory/memory_store.hpp"
#include "support/awaiting.hpp"
#include "support/failing_store.hpp"
#include "support/fake_runtime.hpp"
#include "support/manual_time.hpp"
#include "support/mortal_loop.hpp"
#include "support/scripted_work.hpp"

#include <stdexcept>

namespace lanekeeper::testing {

/// A queue on the memory store under manual time, in one thread. The store, the hub and the registry outlive a restart;
/// the loop, and everything that ran on it, does not.
class QueueRig : public Awaiting {
public:
    ManualTime time;
    MemoryStore memory{time};
    FailingStore store{memory};
    std::unique_ptr<Hub> hub = make_hub(0);
    std::shared_ptr<HeardEvents> heard = std::make_shared<HeardEvents>();
    Registry registry;
    FakeRuntime runtime;
    SeededRandom random{1};
    std::unique_ptr<Metrics> metrics = make_metrics();
    QueueSettings settings;
    PoolSettings pool;
    std::shared_ptr<Watch> watch = std::make_shared<Watch>();

    std::unique_ptr<MortalLoop> context;
    std::unique_ptr<Nursery> nursery;
    std::unique_ptr<Ledger> ledger;
    std::unique_ptr<LocalQueue> queue;

    QueueRig() {
        hub->subscribe(heard, EventInterest());
        open();
        wait_for(store.open());
    }
    ~QueueRig() { crash(); }

    /// Registers "work" (see scripted_work.hpp), changed by `change` first.
    template <class Change>
    void define(std::string type, Change change) {
        Definition definition = work_definition(watch, std::move(type));
        change(definition);
        registry.add(std::move(definition));
    }
    void define(std::string type = "work") {
        define(std::move(type), [](Definition&) {});
    }

    void start() { wait_for(queue->start()); }
    /// Everything that ran is gone, as after a kill; what was committed stays.
    void crash() {
        if (context) context->destroy_waiting();
        queue.reset();
        ledger.reset();
        nursery.reset();
        context.reset();
    }
    void restart() {
        crash();
        open();
        start();
    }

    EnqueueRequest request(std::string owner, json::object payload, std::string type = "work") const {
        EnqueueRequest request;
        request.type = std::move(type);
        request.owner = std::move(owner);
        request.payload = std::move(payload);
        return request;
    }
    Result<Enqueued> try_enqueue(EnqueueRequest request) { return wait_for(queue->enqueue(std::move(request))); }
    Job enqueue(std::string owner, json::object payload, std::string type = "work") {
        return try_enqueue(request(std::move(owner), std::move(payload), std::move(type))).value().job;
    }
    Submission submission(json::object payload, std::vector<std::string> dependencies = {}) const {
        Submission submission;
        submission.type = "work";
        submission.payload = std::move(payload);
        submission.dependencies = std::move(dependencies);
        return submission;
    }
    Result<std::vector<Enqueued>> try_submit(std::vector<Submission> jobs) { return wait_for(queue->submit(std::move(jobs))); }
    Job submit(Submission job) {
        std::vector<Submission> jobs;
        jobs.push_back(std::move(job));
        return try_submit(std::move(jobs)).value().front().job;
    }
    Job submit(json::object payload, std::vector<std::string> dependencies = {}) {
        return submit(submission(std::move(payload), std::move(dependencies)));
    }
    Job job(const Job& of) { return *wait_for(queue->get(of.id())); }
    Result<Job> cancel(const Job& of, std::string reason = "user") { return wait_for(queue->cancel(of.id(), std::move(reason))); }
    /// Moves time until the job has ended.
    Job finished(const Job& of) { return *wait_for(queue->wait_terminal(of.id(), std::chrono::hours{1})); }
    std::vector<LaneView> lanes() { return wait_for(queue->lanes("", 1000)).lanes; }

    void settle() { ManualTime::settle(*context); }
    void advance(Millis span) { time.advance(*context, span); }

    /// Starts a coroutine whose result is looked at later.
    template <class T>
    std::shared_ptr<std::optional<T>> later(Task<T> task) {
        auto result = std::make_shared<std::optional<T>>();
        nursery->start("later", keep(std::move(task), result));
        return result;
    }

private:
    void open() {
        context = std::make_unique<MortalLoop>();
        nursery = std::make_unique<Nursery>(context->get_executor(), "rig");
        ledger = std::make_unique<Ledger>(store);
        ledger->attach(*hub);
        queue = std::make_unique<LocalQueue>(*ledger, registry, runtime, time, random, *metrics, settings,
                                             context->get_executor(), pool);
    }

    Nursery& awaiting_nursery() override { return *nursery; }
    /// Moves time only as far as it needs.
    void run_until(const std::function<bool()>& done) override {
        if (!time.run_until(*context, done)) throw std::runtime_error("nothing is left to wait for");
    }
};

}  // namespace lanekeeper::testing

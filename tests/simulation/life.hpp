#pragma once
#include "base/random.hpp"
#include "events/hub.hpp"
#include "queue/ledger.hpp"
#include "queue/local_queue.hpp"
#include "queue/registry.hpp"
#include "queue/schedules/schedules.hpp"
#include "runtime/scripted/scripted_runtime.hpp"
#include "simulation/people/person.hpp"
#include "simulation/sim_store.hpp"
#include "simulation/stage.hpp"
#include "support/mortal_loop.hpp"

#include <memory>

namespace lanekeeper::simulation {

/// What outlives a process: the disk, the turns that the runtime's world remembers, the people, the referee, and time.
struct Outside {
    TimeSource& time;
    Random& random;        // of the world
    Random& queue_random;  // of the process: jitter
    MemoryStore& disk;
    Faults& faults;
    std::shared_ptr<scripted::World> turns;
    Memory& memory;
    Referee& referee;
    const QueueSettings& settings;
    const PoolSettings& pool;
};

/// One process, from its start to its stop or its crash: a loop, a queue with its lanes and its pool, a runtime, and people who use
/// it. Destroying it is `kill -9`: nothing is told, only what was committed stays.
class Life {
public:
    explicit Life(Outside& outside);
    ~Life();

    asio::io_context& loop() { return loop_; }
    /// Dead, or ended well: nothing of it may run any more.
    bool over() const { return over_; }
    void crash();

    /// A clean stop, which the referee times. Harmless twice: a second call hurries the first.
    void stop();
    /// No more people, no more faults: whatever is open now must end by itself.
    void heal();
    bool healed() const { return resumed_; }
    /// All jobs have ended: a look at what is left of the pool. Harmless twice.
    void look_back();
    bool looked_back() const { return looked_back_; }

private:
    class Ear;

    void spawn(const char* what, Task<void> task);
    Task<void> boot();
    Task<void> stop_here(StopOptions options);
    Task<void> resume_lanes();
    Task<void> look_at_pool();
    Task<void> hurry_later(Millis pause);
    scripted::TurnScript choose_script();

    Outside& outside_;
    testing::MortalLoop loop_;
    std::unique_ptr<Metrics> metrics_;
    SimStore store_;
    Ledger ledger_;
    std::shared_ptr<Ear> ear_;
    std::unique_ptr<Hub> hub_;
    std::shared_ptr<Stage> stage_;
    Registry registry_;
    scripted::ScriptedRuntime runtime_;
    LocalQueue queue_;
    Schedules schedules_;
    Place place_;
    std::vector<std::unique_ptr<Person>> people_;
    bool over_ = false;
    bool started_ = false;
    bool stopping_ = false;
    bool healing_ = false;
    bool resumed_ = false;
    bool looking_back_ = false;
    bool looked_back_ = false;
};

}  // namespace lanekeeper::simulation

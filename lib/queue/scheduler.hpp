#pragma once
#include "async/nursery.hpp"
#include "async/on_strand.hpp"
#include "job/slots.hpp"
#include "queue/core.hpp"
#include "queue/queue.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace lanekeeper {

class Lane;

/// What a lane last said of itself.
struct LaneReport {
    std::optional<SlotBook::Ask> ask;
    std::optional<MonoTime> due;           // look at me again then
    std::optional<MonoTime> oldest_since;
    std::size_t queued = 0;
    bool running = false;
    bool paused = false;
    bool draining = false;
    std::size_t runners = 0;       // coroutines that still run, abandoned ones too
    std::uint64_t version = 0;     // rises with every report of a lane
    /// Nothing to remember: the lane may be forgotten.
    bool idle() const { return queued == 0 && !running && runners == 0 && !paused && !draining; }
};

/// Keeps a lane in the directory while somebody is about to use it.
class LanePin {
public:
    LanePin() = default;
    explicit LanePin(std::shared_ptr<Lane> lane);
    LanePin(LanePin&& other) noexcept = default;
    LanePin& operator=(LanePin&& other) noexcept {
        std::swap(lane_, other.lane_);
        return *this;
    }
    ~LanePin();
    Lane* operator->() const { return lane_.get(); }

private:
    std::shared_ptr<Lane> lane_;
};

/// The directory of lanes and the slots they share, on a strand of its own. Lanes and scheduler send each other
/// messages; neither ever waits for the other.
class Scheduler {
public:
    Scheduler(QueueCore& core, asio::any_io_executor executor);
    ~Scheduler();

    // From any thread.
    void tell(std::shared_ptr<Lane> lane, LaneReport report);
    /// Ends the lane's grant; without `used` nothing was started with it.
    void give_back(std::string owner, bool used);
    /// A committed job for its lane to run.
    void take(const Job& job);
    /// One that was ended while it waited.
    void forget(const Job& job);
    /// Nobody uses the lane any more, and it had nothing to do when it last reported.
    void unpinned(std::shared_ptr<Lane> lane);

    // Coroutines that run on the scheduler's strand, wherever they are called.
    Task<LanePin> lane(std::string owner);               // made when it is not there
    Task<std::vector<std::shared_ptr<Lane>>> all_lanes();
    Task<LanePage> page(std::string after, std::size_t limit);
    Task<std::vector<LaneView>> deepest(std::size_t count);
    /// Returns when no lane runs a job, or at the deadline, or when `hurry` was called.
    Task<bool> wait_no_running(MonoTime deadline);
    /// The same, and `hurry` does not shorten it: what was forced is being written.
    Task<bool> wait_forced(MonoTime deadline);

    void stop_granting();
    void hurry();  // ends a wait_no_running
    /// After this `lane()` makes new ones only for callers that then find the queue stopped.
    void start_granting();
    Task<void> close();  // waits for its timer coroutine

    /// At start only, before anything runs: no strand hop.
    Lane& lane_at_start(const std::string& owner);

private:
    struct Entry {
        std::shared_ptr<Lane> lane;
        LaneReport report;
        std::optional<SlotBook::Grant> held;  // while it holds a slot it asks for no other
    };
    using Lanes = std::map<std::string, Entry, std::less<>>;
    Task<LanePin> find_or_make(std::string owner);
    Task<std::vector<std::shared_ptr<Lane>>> list_all();
    Task<LanePage> list_page(std::string after, std::size_t limit);
    Task<std::vector<LaneView>> list_deepest(std::size_t count);
    Task<bool> await_no_running(MonoTime deadline, bool may_hurry);
    Task<void> shut();
    void take_report(const std::shared_ptr<Lane>& lane, LaneReport report);
    void take_back(const std::string& owner, bool used);
    void forget_if_idle(Lanes::iterator place);
    void set_due(const std::string& owner, std::optional<MonoTime> before, std::optional<MonoTime> due);
    void pump();
    Task<void> watch_due();
    LaneView view(const std::string& owner, const LaneReport& report) const;

    QueueCore& core_;
    asio::any_io_executor executor_;
    Strand strand_;
    SlotBook slots_;
    Lanes lanes_;
    std::set<std::pair<MonoTime, std::string>> due_;
    std::unique_ptr<Alarm> due_alarm_;
    std::unique_ptr<Alarm> quiet_alarm_;
    Nursery nursery_;
    int running_ = 0;
    bool granting_ = false;
    bool hurried_ = false;
    bool closed_ = false;
};

}  // namespace lanekeeper

#pragma once
#include "async/nursery.hpp"
#include "async/time_source.hpp"
#include "queue/attempt_end.hpp"

#include <memory>
#include <optional>

namespace lanekeeper {

/// One run of a job, from its durable start to the moment its lane lets go of it. Lives on the lane's strand and is
/// kept by whoever still needs it: the lane, its supervisor, the runner.
class Attempt {
public:
    Attempt(Job started, std::shared_ptr<const Definition> definition, std::unique_ptr<Alarm> alarm)
        : job(std::move(started)), definition_(std::move(definition)), alarm_(std::move(alarm)) {}

    Job job;  // as last committed
    const Definition& definition() const { return *definition_; }

    /// Reason before signal; the first reason stands. False when there was one already, or the attempt has ended.
    bool ask_to_end(StopCause cause);
    /// Ends the grace now.
    void force();

    void finished(AttemptEnd end);  // by the runner; later ends change nothing
    void abandon() { abandoned_ = true; }

    bool done() const { return end_.has_value(); }
    bool abandoned() const { return abandoned_; }
    bool forced() const { return forced_; }
    /// Lets go: neither the runner's writes nor its end count any more.
    bool current() const { return !abandoned_ && !released_; }
    void release() { released_ = true; }
    const std::optional<StopCause>& cause() const { return cause_; }

    /// Its time, from now on; zero: none is set. It can stand still meanwhile; both calls are harmless twice.
    void give_time(Millis timeout, MonoTime now);
    void stop_clock(MonoTime now);
    void start_clock(MonoTime now);
    bool late(MonoTime now) const { return now >= deadline(); }

    /// A sign of life of its runner. Time that stands still counts as one.
    void beat(MonoTime now) { last_beat_ = now; }
    MonoTime last_beat(MonoTime now) const { return stopped_ ? now : last_beat_; }

    /// Until it is done, or asked to end, or forced, or late; look again after it.
    Task<void> wait();
    Task<void> wait_until(MonoTime deadline);

    /// The end to decide on: what the runner said, or that it said nothing in time.
    AttemptEnd take_end();

private:
    MonoTime deadline() const;

    std::shared_ptr<const Definition> definition_;
    std::unique_ptr<Alarm> alarm_;
    std::optional<StopCause> cause_;
    std::optional<AttemptEnd> end_;
    std::optional<MonoTime> deadline_;
    std::optional<MonoTime> stopped_;  // since when its clock stands still
    MonoTime last_beat_{};
    bool abandoned_ = false;
    bool forced_ = false;
    bool released_ = false;
};

}  // namespace lanekeeper

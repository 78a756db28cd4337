#include "queue/scheduler.hpp"

#include "base/test_bugs.hpp"
#include "queue/lane.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lanekeeper {

LanePin::LanePin(std::shared_ptr<Lane> lane) : lane_(std::move(lane)) { lane_->pin(); }

LanePin::~LanePin() {
    if (lane_) lane_->unpin();
}

Scheduler::Scheduler(QueueCore& core, asio::any_io_executor executor)
    : core_(core), executor_(executor), strand_(asio::make_strand(executor)),
      slots_(core.settings.global_concurrency, core.fairness()), due_alarm_(core.time.alarm(strand_)),
      quiet_alarm_(core.time.alarm(strand_)), nursery_(strand_, "scheduler") {}

Scheduler::~Scheduler() = default;

void Scheduler::tell(std::shared_ptr<Lane> lane, LaneReport report) {
    asio::post(strand_, [this, lane = std::move(lane), report = std::move(report)] { take_report(lane, report); });
}

void Scheduler::take(const Job& job) {
    asio::post(strand_, [this, job] {
        if (!closed_) lane_at_start(job.owner).take(job);
    });
}

void Scheduler::forget(const Job& job) {
    asio::post(strand_, [this, owner = job.owner, key = job.key] {
        auto found = lanes_.find(owner);
        if (found != lanes_.end()) found->second.lane->forget(key);
    });
}

void Scheduler::give_back(std::string owner, bool used) {
    asio::post(strand_, [this, owner = std::move(owner), used] { take_back(owner, used); });
}

void Scheduler::unpinned(std::shared_ptr<Lane> lane) {
    asio::post(strand_, [this, lane = std::move(lane)] {
        auto found = lanes_.find(lane->owner());
        if (found != lanes_.end() && found->second.lane == lane) forget_if_idle(found);
    });
}

void Scheduler::take_report(const std::shared_ptr<Lane>& lane, LaneReport report) {
    auto found = lanes_.find(lane->owner());
    if (found == lanes_.end() || found->second.lane != lane) return;  // dropped and made anew since
    Entry& entry = found->second;
    set_due(lane->owner(), entry.report.due, report.due);
    if (!entry.held) slots_.ask(lane->owner(), report.ask);
    entry.report = std::move(report);
    forget_if_idle(found);
    pump();
}

// A lane reports before it gives back, so what it asks for now is known.
void Scheduler::take_back(const std::string& owner, bool used) {
    --running_;
    if (running_ == 0) quiet_alarm_->wake();
    auto found = lanes_.find(owner);
    if (found == lanes_.end()) return;  // after the stop
    Entry& entry = found->second;
    slots_.give_back(*entry.held, used);
    entry.held.reset();
    slots_.ask(owner, entry.report.ask);
    forget_if_idle(found);
    pump();
}

// A lane with nothing to do is forgotten, unless somebody is about to use it or has since: pins are taken on this
// strand only, whoever changes a lane reports before letting go of its pin, and the last pin of an idle lane comes here.
void Scheduler::forget_if_idle(Lanes::iterator place) {
    const Entry& entry = place->second;
    bool busy = entry.held || !entry.report.idle() || entry.lane->pinned();
    if (!busy && entry.lane->version() == entry.report.version) lanes_.erase(place);
}

void Scheduler::set_due(const std::string& owner, std::optional<MonoTime> before, std::optional<MonoTime> due) {
    if (before == due) return;
    if (before) due_.erase({*before, owner});
    // The mistake: a timer armed later replaces an earlier one.
    if (has_bug(Bug::retry_timer_lost)) due_.clear();
    if (!due) return;
    due_.emplace(*due, owner);
    due_alarm_->wake();
}

void Scheduler::pump() {
    if (!granting_) return;
    while (auto grant = slots_.grant(core_.time.mono())) {
        ++running_;
        Entry& entry = lanes_.find(grant->lane)->second;
        entry.held = *grant;
        entry.lane->granted(grant->job_class);
    }
}

// Tells lanes whose delayed jobs have become due to look again. One timer serves all of them.
Task<void> Scheduler::watch_due() {
    while (!closed_) {
        auto now = core_.time.mono();
        while (!due_.empty() && due_.begin()->first <= now) {
            auto owner = due_.begin()->second;
            due_.erase(due_.begin());
            auto& entry = lanes_.find(owner)->second;
            entry.report.due.reset();
            entry.lane->look_again();
        }
        auto next = due_.empty() ? MonoTime::max() : due_.begin()->first;
        co_await due_alarm_->wait_until(next);
    }
}

void Scheduler::start_granting() {
    asio::post(strand_, [this] {
        granting_ = true;
        auto watching = watch_due();
        nursery_.start("due timer", std::move(watching));
        pump();
    });
}

void Scheduler::stop_granting() {
    asio::post(strand_, [this] { granting_ = false; });
}

void Scheduler::hurry() {
    asio::post(strand_, [this] {
        hurried_ = true;
        quiet_alarm_->wake();
    });
}

Lane& Scheduler::lane_at_start(const std::string& owner) {
    auto& entry = lanes_[owner];
    if (!entry.lane) entry.lane = std::make_shared<Lane>(core_, *this, executor_, owner);
    return *entry.lane;
}

Task<LanePin> Scheduler::find_or_make(std::string owner) {
    lane_at_start(owner);
    LanePin pin(lanes_.find(owner)->second.lane);
    co_return pin;
}

Task<std::vector<std::shared_ptr<Lane>>> Scheduler::list_all() {
    std::vector<std::shared_ptr<Lane>> all;
    for (const auto& [owner, entry] : lanes_) all.push_back(entry.lane);
    co_return all;
}

LaneView Scheduler::view(const std::string& owner, const LaneReport& report) const {
    LaneView view;
    view.owner = owner;
    view.queued = std::int64_t(report.queued);
    view.running = report.running ? 1 : 0;
    view.paused = report.paused;
    view.draining = report.draining;
    if (report.oldest_since)
        view.oldest_wait = std::chrono::duration_cast<Millis>(core_.time.mono() - *report.oldest_since);
    return view;
}

Task<LanePage> Scheduler::list_page(std::string after, std::size_t limit) {
    LanePage page;
    for (auto it = after.empty() ? lanes_.begin() : lanes_.upper_bound(after); it != lanes_.end(); ++it) {
        if (page.lanes.size() >= std::max<std::size_t>(limit, 1)) {
            page.next = page.lanes.back().owner;
            break;
        }
        page.lanes.push_back(view(it->first, it->second.report));
    }
    co_return page;
}

Task<std::vector<LaneView>> Scheduler::list_deepest(std::size_t count) {
    std::vector<Lanes::const_iterator> all;
    all.reserve(lanes_.size());
    for (auto it = lanes_.cbegin(); it != lanes_.cend(); ++it) all.push_back(it);
    auto depth = [](Lanes::const_iterator it) { return it->second.report.queued + it->second.report.running; };
    auto deeper = [&](Lanes::const_iterator a, Lanes::const_iterator b) { return depth(a) > depth(b); };
    auto end = all.begin() + std::ptrdiff_t(std::min(count, all.size()));
    std::partial_sort(all.begin(), end, all.end(), deeper);
    std::vector<LaneView> deepest;
    for (auto it = all.begin(); it != end; ++it) deepest.push_back(view((*it)->first, (*it)->second.report));
    co_return deepest;
}

Task<bool> Scheduler::await_no_running(MonoTime deadline, bool may_hurry) {
    while (running_ > 0 && !(may_hurry && hurried_) && core_.time.mono() < deadline) co_await quiet_alarm_->wait_until(deadline);
    co_return running_ == 0;
}

Task<void> Scheduler::shut() {
    closed_ = true;
    due_alarm_->wake();
    co_await nursery_.wait_empty();
    lanes_.clear();
}

// The public coroutines hop to the strand; what they do there stands above.
Task<LanePin> Scheduler::lane(std::string owner) {
    auto work = find_or_make(std::move(owner));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<std::vector<std::shared_ptr<Lane>>> Scheduler::all_lanes() {
    auto work = list_all();
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<LanePage> Scheduler::page(std::string after, std::size_t limit) {
    auto work = list_page(std::move(after), limit);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<std::vector<LaneView>> Scheduler::deepest(std::size_t count) {
    auto work = list_deepest(count);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<bool> Scheduler::wait_forced(MonoTime deadline) {
    auto work = await_no_running(deadline, false);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<bool> Scheduler::wait_no_running(MonoTime deadline) {
    auto work = await_no_running(deadline, true);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<void> Scheduler::close() {
    auto work = shut();
    auto hopping = on_strand(strand_, std::move(work));
    co_await std::move(hopping);
}

}  // namespace lanekeeper

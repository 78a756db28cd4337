#include "queue/remote/remote_jobs.hpp"

#include "base/limits.hpp"
#include "queue/scheduler.hpp"

#include <boost/asio/post.hpp>

namespace lanekeeper {
namespace {

RemoteOffer offer_of(std::int64_t key, int priority, const std::string& type, std::optional<WallTime> not_before, const TimeSource& time) {
    auto now = time.mono();
    WaitingJob waiting{key, priority, now, {}};
    if (not_before) waiting.not_before = now + (*not_before - time.wall());
    return RemoteOffer(waiting, type, "");
}

}  // namespace

RemoteJobs::RemoteJobs(QueueCore& core, Scheduler& scheduler, asio::any_io_executor executor)
    : core_(core), scheduler_(scheduler), strand_(asio::make_strand(executor)), nursery_(strand_, "remote jobs"),
      timer_(core.time.alarm(strand_)), ended_(core.time.alarm(strand_)) {}

RemoteJobs::~RemoteJobs() = default;

void RemoteJobs::take(const Job& job) {
    asio::post(strand_, [self = shared_from_this(), job] { self->add(job); });
}

void RemoteJobs::add(const Job& job) {
    if (job.state != JobState::queued) return;
    line_.add(offer_of(job.key, job.priority, job.type, job.next_attempt_at, core_.time), core_.time.mono());
    match();
}

void RemoteJobs::add_at_start(const OpenJob& job) {
    line_.add(offer_of(job.key, job.priority, job.type, job.next_attempt_at, core_.time), core_.time.mono());
}

// A worker that lives goes on; one that was asked to end is told so again.
void RemoteJobs::adopt_at_start(Job job) {
    auto asked = job.cancel_requested_at;
    auto lease = lease_out(std::move(job), limits::lease_after_restart);
    if (asked)
        lease->ask_to_end(StopCause(StopCause::Kind::canceled, lease->job.cancel_reason.value_or("canceled")), core_.time.mono(),
                          limits::remote_cancel_grace);
    plan(lease);
}

void RemoteJobs::open() {
    asio::post(strand_, [self = shared_from_this()] {
        self->open_ = true;
        auto watching = self->watch();
        self->nursery_.start("leases", std::move(watching));
        self->match();
    });
}

void RemoteJobs::forget(std::int64_t key) {
    asio::post(strand_, [self = shared_from_this(), key] { self->line_.remove(key); });
}

void RemoteJobs::offer(std::string owner, std::optional<RemoteOffer> offer) {
    asio::post(strand_, [self = shared_from_this(), owner = std::move(owner), offer = std::move(offer)]() mutable {
        self->take_offer(owner, std::move(offer));
    });
}

void RemoteJobs::take_offer(const std::string& owner, std::optional<RemoteOffer> offer) {
    auto before = offered_.find(owner);
    if (before != offered_.end()) {
        line_.remove(before->second);
        offered_.erase(before);
    }
    if (!offer) return;
    offered_[owner] = offer->job.key;
    line_.add(std::move(*offer), core_.time.mono());
    match();
}

void RemoteJobs::look_again() {
    asio::post(strand_, [self = shared_from_this()] { self->match(); });
}

void RemoteJobs::match() {
    timer_->wake();  // what is delayed may have changed
    hand_out();
}

/// Gives jobs to those who ask, as long as there are both.
void RemoteJobs::hand_out() {
    while (open_ && !core_.stopping.load()) {
        auto match = line_.match(core_.time.mono(), !core_.pool_paused.load());
        if (!match) break;
        auto claimant = claimants_.at(match->place);
        leave(claimant);
        if (!match->offer.owner.empty()) offered_.erase(match->offer.owner);
        claimant->at = Claimant::At::served;
        employ(claimant, std::move(*match));
    }
}

Task<std::vector<RemoteWorkerView>> RemoteJobs::list_workers() {
    std::map<std::string, std::vector<std::string>> held;
    for (const auto& [key, lease] : leases_) held[lease->job.worker_id.value_or("")].push_back(lease->job.id());
    roll_.forget(core_.time.wall() - limits::worker_forgotten_after, [&](const std::string& id) { return held.contains(id); });
    std::vector<RemoteWorkerView> views;
    for (const auto& [id, entry] : roll_.entries()) {
        RemoteWorkerView view;
        view.id = id;
        view.types = entry.types;
        view.heard_at = entry.heard_at;
        auto jobs = held.find(id);
        if (jobs != held.end()) view.job_ids = std::move(jobs->second);
        views.push_back(std::move(view));
    }
    co_return views;
}

// --- stopping ---

void RemoteJobs::shut() {
    asio::post(strand_, [self = shared_from_this()] {
        self->open_ = false;
        auto waiting = self->claimants_;
        for (const auto& [place, claimant] : waiting) {
            self->leave(claimant);
            self->answer(claimant, Problem("shutting_down", "the daemon hands out no jobs now"));
        }
        self->timer_->wake();
    });
}

Task<std::vector<std::string>> RemoteJobs::await_empty(MonoTime deadline) {
    nursery_.cancel_all(asio::cancellation_type::terminal);
    while (nursery_.size() > 0 && core_.time.mono() < deadline) {
        auto waiting = ended_->wait_until(std::min(deadline, core_.time.mono() + Millis{10}));
        co_await std::move(waiting);
    }
    co_return nursery_.names();
}

Task<std::vector<std::string>> RemoteJobs::close(MonoTime deadline) {
    auto work = await_empty(deadline);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}

Task<std::vector<RemoteWorkerView>> RemoteJobs::workers() {
    auto work = list_workers();
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}

}  // namespace lanekeeper

// Those who ask for a job: each waits on his own executor, and is served on the strand.
#include "base/limits.hpp"
#include "queue/remote/remote_jobs.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace lanekeeper {

/// Of one who waits: however he leaves, nothing is kept for him.
class RemoteJobs::Stay {
public:
    Stay(std::shared_ptr<RemoteJobs> house, ClaimantPtr claimant) : house_(std::move(house)), claimant_(std::move(claimant)) {
        if (auto& presence = claimant_->request.presence)
            presence->on_leave([waiting = claimant_.get()] { waiting->bell->wake(); });
    }
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;
    ~Stay() {
        if (auto& presence = claimant_->request.presence) presence->on_leave({});
        if (done_) return;
        claimant_->withdrawn = true;
        asio::post(house_->strand_, [house = house_, claimant = claimant_] { house->withdraw_here(claimant); });
    }
    void done() { done_ = true; }

private:
    std::shared_ptr<RemoteJobs> house_;
    ClaimantPtr claimant_;
    bool done_ = false;
};

Task<Result<std::optional<Claimed>>> RemoteJobs::claim(ClaimRequest request) {
    auto executor = co_await asio::this_coro::executor;
    auto deadline = core_.time.mono() + request.wait;
    auto claimant = std::make_shared<Claimant>(std::move(request), executor, core_.time);
    Stay stay(shared_from_this(), claimant);
    auto joining = join_here(claimant);
    auto there = on_strand(strand_, std::move(joining));
    co_await std::move(there);
    while (true) {
        bool over = claimant->lost() || core_.time.mono() >= deadline;
        auto concluding = conclude_here(claimant, over);
        auto hopping = on_strand(strand_, std::move(concluding));
        bool done = co_await std::move(hopping);
        if (done) break;
        // One who is being served has to wait for that, but no longer than a commit takes.
        auto waiting = claimant->bell->wait_until(over ? MonoTime::max() : deadline);
        co_await std::move(waiting);
    }
    stay.done();
    if (claimant->failure) std::rethrow_exception(claimant->failure);
    co_return std::move(*claimant->answer);
}

Task<void> RemoteJobs::join_here(ClaimantPtr claimant) {
    const auto& request = claimant->request;
    if (!core_.settings.enabled) {
        answer(claimant, Problem("queue_disabled", "the queue is switched off"));
    } else if (!open_ || core_.stopping.load()) {
        answer(claimant, Problem("shutting_down", "the daemon hands out no jobs now"));
    } else if (claimants_.size() >= limits::claims_waiting) {
        json::object details{{"scope", "claims"}, {"limit", limits::claims_waiting}, {"depth", claimants_.size()}};
        answer(claimant, Problem("queue_full", "too many workers wait for a job", std::move(details)));
    } else {
        roll_.claims(request.worker_id, request.types, core_.time.wall());
        claimant->place = ++last_place_;
        rejoin(claimant);
        match();
    }
    co_return;
}

/// True when the one who waits has his answer. `over`: he waits no longer.
Task<bool> RemoteJobs::conclude_here(ClaimantPtr claimant, bool over) {
    if (claimant->at == Claimant::At::waiting && over) {
        leave(claimant);
        answer(claimant, std::optional<Claimed>());
    }
    if (claimant->at != Claimant::At::answered) co_return false;
    if (claimant->lost()) withdraw_here(claimant);
    co_return true;
}

void RemoteJobs::withdraw_here(const ClaimantPtr& claimant) {
    if (claimant->at == Claimant::At::waiting) leave(claimant);
    if (!claimant->answer || !*claimant->answer || !**claimant->answer) return;
    give_back((**claimant->answer)->job.key);
    claimant->answer = Claimant::Answer(std::optional<Claimed>());
}

void RemoteJobs::answer(const ClaimantPtr& claimant, Claimant::Answer answer) {
    claimant->at = Claimant::At::answered;
    claimant->answer = std::move(answer);
    claimant->ring();
}

/// At the place that he had.
void RemoteJobs::rejoin(const ClaimantPtr& claimant) {
    if (!open_) return answer(claimant, Problem("shutting_down", "the daemon hands out no jobs now"));
    claimant->at = Claimant::At::waiting;
    claimants_[claimant->place] = claimant;
    line_.join(claimant->place, claimant->request.types);
    waiting_now_ = std::int64_t(claimants_.size());
    claimant->ring();
}

void RemoteJobs::leave(const ClaimantPtr& claimant) {
    line_.leave(claimant->place);
    claimants_.erase(claimant->place);
    claimant->at = Claimant::At::outside;
    waiting_now_ = std::int64_t(claimants_.size());
}

}  // namespace lanekeeper

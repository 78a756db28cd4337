#include "job/slots.hpp"

namespace lanekeeper {

void SlotBook::ask(const std::string& lane, std::optional<Ask> ask) {
    auto found = asks_.find(lane);
    if (found != asks_.end()) {
        if (ask && found->second == *ask) return;
        line(found->second.job_class).erase({found->second.since, found->second.key, lane});
        asks_.erase(found);
    }
    if (!ask) return;
    line(ask->job_class).insert({ask->since, ask->key, lane});
    asks_.emplace(lane, *ask);
}

std::optional<SlotBook::Chosen> SlotBook::choose(MonoTime now) {
    if (running_[0] + running_[1] >= slots_) return {};
    bool interactive = !line(JobClass::interactive).empty();
    bool background = !line(JobClass::background).empty() && running(JobClass::background) < background_limit();
    if (!interactive && !background) return {};
    if (!background) return Chosen{JobClass::interactive, false};
    if (!interactive) return Chosen{JobClass::background, false};
    bool aged = now - line(JobClass::background).begin()->since > rules_.background_aging;
    if (!aged) return Chosen{JobClass::interactive, false};
    bool turn_of_background = contested_ >= rules_.max_interactive_burst;
    return Chosen{turn_of_background ? JobClass::background : JobClass::interactive, true};
}

std::optional<SlotBook::Grant> SlotBook::grant(MonoTime now) {
    auto chosen = choose(now);
    if (!chosen) return {};
    auto first = line(chosen->job_class).begin();
    Grant grant{first->lane, chosen->job_class, chosen->contested};
    line(grant.job_class).erase(first);
    asks_.erase(grant.lane);
    ++running_[std::size_t(grant.job_class)];
    if (grant.contested) contested_ = grant.job_class == JobClass::background ? 0 : contested_ + 1;
    return grant;
}

void SlotBook::give_back(const Grant& grant, bool used) {
    --running_[std::size_t(grant.job_class)];
    if (used || !grant.contested) return;
    if (grant.job_class == JobClass::background) contested_ = rules_.max_interactive_burst;
    else if (contested_ > 0) --contested_;
}

}  // namespace lanekeeper

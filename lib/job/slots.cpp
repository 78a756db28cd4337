#include "job/slots.hpp"

namespace lanekeeper {

void SlotBook::ask(const std::string& lane, std::optional<Ask> ask) {
    auto found = asks_.find(lane);
    if (found != asks_.end()) {
        if (ask && found->second == *ask) return;
        line(found->second.job_class).erase({found->second.since, lane});
        asks_.erase(found);
    }
    if (!ask) return;
    line(ask->job_class).emplace(ask->since, lane);
    asks_.emplace(lane, *ask);
}

std::optional<JobClass> SlotBook::choose(MonoTime now) {
    if (running_[0] + running_[1] >= slots_) return {};
    bool interactive = !line(JobClass::interactive).empty();
    bool background = !line(JobClass::background).empty() && running(JobClass::background) < background_limit();
    if (!interactive && !background) return {};
    if (!background) return JobClass::interactive;
    if (!interactive) return JobClass::background;
    bool aged = now - line(JobClass::background).begin()->first > rules_.background_aging;
    if (!aged) return JobClass::interactive;
    if (contested_ >= rules_.max_interactive_burst) return JobClass::background;
    ++contested_;
    return JobClass::interactive;
}

std::optional<SlotBook::Grant> SlotBook::grant(MonoTime now) {
    auto chosen = choose(now);
    if (!chosen) return {};
    if (*chosen == JobClass::background) contested_ = 0;
    auto first = line(*chosen).begin();
    Grant grant{first->second, *chosen};
    line(*chosen).erase(first);
    asks_.erase(grant.lane);
    ++running_[std::size_t(*chosen)];
    return grant;
}

void SlotBook::give_back(JobClass job_class) { --running_[std::size_t(job_class)]; }

}  // namespace lanekeeper

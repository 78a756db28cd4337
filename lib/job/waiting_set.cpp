#include "job/waiting_set.hpp"

#include "base/test_bugs.hpp"

#include <algorithm>

namespace lanekeeper {

std::string_view to_word(Choice::Rule rule) { return rule == Choice::Rule::priority ? "priority" : "aged"; }

json::value explain(const Choice& choice, MonoTime now) {
    auto waited = std::chrono::duration_cast<Millis>(now - choice.since);
    return json::object{{"rule", to_word(choice.rule)}, {"waitMs", waited.count()}, {"passedOver", choice.passed_over}};
}

void WaitingSet::add(const WaitingJob& job, MonoTime now) {
    remove(job.key);
    bool delayed = job.not_before && *job.not_before > now;
    Place place{job.priority, job.since, delayed, delayed ? *job.not_before : job.since};
    if (delayed) delayed_.emplace(place.due, job.key);
    else make_ready(job.key, place);
    jobs_.emplace(job.key, place);
}

bool WaitingSet::remove(std::int64_t key) {
    auto found = jobs_.find(key);
    if (found == jobs_.end()) return false;
    const Place& place = found->second;
    if (place.delayed) {
        delayed_.erase({place.due, key});
    } else {
        ready_.erase({place.priority, key});
        if (class_of(place.priority) == JobClass::interactive) --ready_interactive_;
        else background_.erase({place.since, key});
    }
    jobs_.erase(found);
    return true;
}

void WaitingSet::make_ready(std::int64_t key, Place& place) {
    place.delayed = false;
    ready_.emplace(place.priority, key);
    if (class_of(place.priority) == JobClass::interactive) ++ready_interactive_;
    else background_.emplace(place.since, key);
}

void WaitingSet::release_due(MonoTime now) {
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
        auto [due, key] = *delayed_.begin();
        delayed_.erase(delayed_.begin());
        auto& place = jobs_.at(key);
        place.since = due;
        make_ready(key, place);
    }
}

std::optional<Choice> WaitingSet::aged(const FairnessRules& rules, MonoTime now) const {
    if (background_.empty() || has_bug(Bug::aging_off)) return {};
    auto [since, key] = *background_.begin();
    if (now - since <= rules.background_aging) return {};
    return Choice{key, jobs_.at(key).priority, JobClass::background, Choice::Rule::aged, since, ready_interactive_};
}

std::optional<Choice> WaitingSet::choose(const FairnessRules& rules, int burst, MonoTime now) {
    release_due(now);
    if (ready_.empty()) return {};
    if (burst >= rules.max_interactive_burst)
        if (auto choice = aged(rules, now)) return choice;
    auto [priority, key] = *ready_.begin();
    JobClass chosen = class_of(priority);
    std::size_t others = chosen == JobClass::interactive ? background_.size() : 0;
    return Choice{key, priority, chosen, Choice::Rule::priority, jobs_.at(key).since, others};
}

std::optional<MonoTime> WaitingSet::next_due() const {
    if (delayed_.empty()) return {};
    return delayed_.begin()->first;
}

std::optional<MonoTime> WaitingSet::oldest_since() const {
    std::optional<MonoTime> oldest;
    if (!background_.empty()) oldest = background_.begin()->first;
    if (ready_.empty() || class_of(ready_.begin()->first) != JobClass::interactive) return oldest;
    // Interactive jobs are few and near the front: the first of the best priority is close enough to the oldest.
    auto since = jobs_.at(ready_.begin()->second).since;
    return oldest ? std::min(*oldest, since) : since;
}

}  // namespace lanekeeper

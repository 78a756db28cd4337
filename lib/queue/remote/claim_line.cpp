#include "queue/remote/claim_line.hpp"

namespace lanekeeper {

// A shelf stands while somebody has to do with it.
void ClaimLine::look_at(const std::string& type) {
    auto found = shelves_.find(type);
    if (found == shelves_.end()) return;
    bool jobs = found->second.has_jobs(), asking = !found->second.asking.empty();
    if (jobs && asking) live_.insert(type);
    else live_.erase(type);
    if (!jobs && !asking) shelves_.erase(found);
}

void ClaimLine::add(RemoteOffer offer, MonoTime now) {
    remove(offer.job.key);
    auto& shelf = shelves_[offer.type];
    (offer.owner.empty() ? shelf.pool : shelf.lanes).add(offer.job, now);
    if (offer.job.not_before && *offer.job.not_before > now) delayed_.emplace(*offer.job.not_before, offer.job.key);
    look_at(offer.type);
    auto key = offer.job.key;
    offers_.emplace(key, std::move(offer));
}

bool ClaimLine::remove(std::int64_t key) {
    auto found = offers_.find(key);
    if (found == offers_.end()) return false;
    const auto& offer = found->second;
    auto& shelf = shelves_[offer.type];
    (offer.owner.empty() ? shelf.pool : shelf.lanes).remove(key);
    if (offer.job.not_before) delayed_.erase({*offer.job.not_before, key});
    look_at(offer.type);
    offers_.erase(found);
    return true;
}

void ClaimLine::join(Place place, std::vector<std::string> types) {
    leave(place);
    for (const auto& type : types) {
        shelves_[type].asking.insert(place);
        look_at(type);
    }
    asking_.emplace(place, std::move(types));
}

bool ClaimLine::leave(Place place) {
    auto found = asking_.find(place);
    if (found == asking_.end()) return false;
    for (const auto& type : found->second) {
        shelves_[type].asking.erase(place);
        look_at(type);
    }
    asking_.erase(found);
    return true;
}

std::optional<Choice> ClaimLine::best_of(Shelf& shelf, MonoTime now, bool with_pool) {
    auto of_lanes = shelf.lanes.choose(strict_priority, 0, now);
    auto of_pool = with_pool ? shelf.pool.choose(strict_priority, 0, now) : std::optional<Choice>();
    if (!of_lanes || !of_pool) return of_lanes ? of_lanes : of_pool;
    auto rank = [](const Choice& choice) { return std::pair(choice.priority, choice.key); };
    return rank(*of_lanes) < rank(*of_pool) ? of_lanes : of_pool;
}

std::optional<ClaimLine::Match> ClaimLine::match_for(Place place, MonoTime now, bool with_pool) {
    std::optional<Choice> best;
    for (const auto& type : asking_.at(place)) {
        auto choice = best_of(shelves_.at(type), now, with_pool);
        if (!choice) continue;
        if (!best || std::pair(choice->priority, choice->key) < std::pair(best->priority, best->key)) best = choice;
    }
    if (!best) return {};
    Match match(place, offers_.at(best->key), *best);
    remove(best->key);
    leave(place);
    return match;
}

std::optional<ClaimLine::Match> ClaimLine::match(MonoTime now, bool with_pool) {
    while (!delayed_.empty() && delayed_.begin()->first <= now) delayed_.erase(delayed_.begin());
    std::optional<Place> first;
    for (const auto& type : live_) {
        auto& shelf = shelves_.at(type);
        if (!best_of(shelf, now, with_pool)) continue;
        auto place = *shelf.asking.begin();
        if (!first || place < *first) first = place;
    }
    if (!first) return {};
    return match_for(*first, now, with_pool);
}

std::optional<MonoTime> ClaimLine::next_due() const {
    if (delayed_.empty()) return {};
    return delayed_.begin()->first;
}

}  // namespace lanekeeper

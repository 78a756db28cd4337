#pragma once
#include "job/waiting_set.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace lanekeeper {

/// A job that may be claimed: of the pool, or the next of a lane.
struct RemoteOffer {
    RemoteOffer() = default;
    RemoteOffer(WaitingJob job_, std::string type_, std::string owner_)
        : job(job_), type(std::move(type_)), owner(std::move(owner_)) {}
    WaitingJob job;
    std::string type;
    std::string owner;  // of the lane; empty: the pool
};

/// Who is given which job: those that wait, by type, and those who ask. Pure; costs O(log n) in both.
///
/// The one who has asked longest is served first, with the job of his types that has the lowest priority number, then the
/// lowest key. Jobs with a time wait for it.
class ClaimLine {
public:
    using Place = std::uint64_t;  // of somebody who asks: lower asked earlier

    void add(RemoteOffer offer, MonoTime now);
    /// False when it was not here.
    bool remove(std::int64_t key);
    void join(Place place, std::vector<std::string> types);
    bool leave(Place place);

    struct Match {
        Match() = default;
        Match(Place place_, RemoteOffer offer_, Choice choice_) : place(place_), offer(std::move(offer_)), choice(choice_) {}
        Place place = 0;
        RemoteOffer offer;
        Choice choice;
    };
    /// Takes both off their lines. `with_pool`: also jobs of the pool, not those of lanes alone. Nothing: nobody who asks can be
    /// given anything.
    std::optional<Match> match(MonoTime now, bool with_pool);

    /// When the next job that waits for its time can be given.
    std::optional<MonoTime> next_due() const;
    std::size_t jobs() const { return offers_.size(); }
    std::size_t asking() const { return asking_.size(); }

private:
    struct Shelf {  // of one type
        WaitingSet pool, lanes;
        std::set<Place> asking;
        bool has_jobs() const { return !pool.empty() || !lanes.empty(); }
    };
    std::optional<Choice> best_of(Shelf& shelf, MonoTime now, bool with_pool);
    std::optional<Match> match_for(Place place, MonoTime now, bool with_pool);
    void look_at(const std::string& type);

    std::unordered_map<std::string, Shelf> shelves_;
    std::unordered_map<std::int64_t, RemoteOffer> offers_;
    std::map<Place, std::vector<std::string>> asking_;
    std::set<std::string> live_;  // types with both
    std::set<std::pair<MonoTime, std::int64_t>> delayed_;
};

}  // namespace lanekeeper

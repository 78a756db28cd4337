#pragma once
#include "job/waiting_set.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace lanekeeper {

/// Which lane runs next, across lanes (queue.md 3). Pure bookkeeping: lanes ask, slots are granted and come back.
///
/// - At most `slots` jobs run at once; with more than one slot, background jobs never hold all of them.
/// - A free slot goes to the interactive ask that has waited longest, else to the background ask that has waited longest;
///   of two that began to wait at the same moment, to the one whose job is older (the lower key).
/// - Contested grants (background could take the slot, interactive waits, the oldest background ask has aged): after
///   `max_interactive_burst` of them went to interactive, the next goes to the oldest aged background ask. So an aged
///   background ask at the head of its class waits for at most `max_interactive_burst` contested grants, and
///   interactive work loses exactly one contested grant in `max_interactive_burst` + 1.
class SlotBook {
public:
    SlotBook(int slots, FairnessRules rules) : slots_(slots), rules_(rules) {}

    struct Ask {
        JobClass job_class = JobClass::background;
        MonoTime since{};
        std::int64_t key = 0;  // of the job that the lane would start
        bool operator==(const Ask&) const = default;
    };

    /// Sets, changes or (nothing) withdraws what a lane asks for.
    void ask(const std::string& lane, std::optional<Ask> ask);

    struct Grant {
        std::string lane;
        JobClass job_class = JobClass::background;
        bool contested = false;
    };
    /// Takes one slot for one ask, which is then no longer asked. Nothing: no slot is free for anybody who asks.
    std::optional<Grant> grant(MonoTime now);
    /// Without `used` nothing was started with it: it counts for no bound.
    void give_back(const Grant& grant, bool used);

    int running(JobClass job_class) const { return running_[std::size_t(job_class)]; }
    int background_limit() const { return slots_ > 1 ? slots_ - 1 : slots_; }
    std::size_t asking() const { return asks_.size(); }

private:
    struct Place {
        MonoTime since;
        std::int64_t key;
        std::string lane;
        auto operator<=>(const Place&) const = default;
    };
    using Line = std::set<Place>;
    Line& line(JobClass job_class) { return lines_[std::size_t(job_class)]; }
    struct Chosen {
        JobClass job_class;
        bool contested;
    };
    std::optional<Chosen> choose(MonoTime now);

    int slots_;
    FairnessRules rules_;
    int running_[2] = {0, 0};
    int contested_ = 0;  // contested grants that went to interactive since the last one that did not
    Line lines_[2];
    std::unordered_map<std::string, Ask> asks_;
};

}  // namespace lanekeeper

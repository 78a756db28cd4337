#pragma once
#include "base/json.hpp"
#include "job/job.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>

namespace lanekeeper {

/// A queued job as its lane remembers it: keys only.
struct WaitingJob {
    std::int64_t key = 0;
    int priority = background_priority;
    MonoTime since{};                  // waits since then; for a retry, since its delay ended
    std::optional<MonoTime> not_before;  // a retry or a snooze
};

struct FairnessRules {
    Millis background_aging{15000};
    int max_interactive_burst = 3;
};

/// The pool's: priority, then first come; no class, no aging (job-orchestration.md, Priority Behavior).
inline constexpr FairnessRules strict_priority{Millis{0}, std::numeric_limits<int>::max()};

/// Which job is next, and why (queue.md 3).
struct Choice {
    enum class Rule { priority, aged };
    std::int64_t key = 0;
    int priority = background_priority;
    JobClass job_class = JobClass::background;
    Rule rule = Rule::priority;
    MonoTime since{};
    std::size_t passed_over = 0;  // ready jobs of the other class that wait on
};
std::string_view to_word(Choice::Rule rule);
/// {rule, waitMs, passedOver}: why a job was started, as its view shows it.
json::value explain(const Choice& choice, MonoTime now);

/// The waiting jobs of one lane. Choosing and changing cost O(log n).
///
/// Order: lower priority number first, then key. Starvation guard: once a background job has waited longer than
/// `background_aging` and the last `max_interactive_burst` starts were interactive, the background job that has waited
/// longest is next. So while an aged background job waits, at most `max_interactive_burst` interactive jobs start in a
/// row, and no background job that came later is taken by the guard before it.
class WaitingSet {
public:
    void add(const WaitingJob& job, MonoTime now);
    /// False when it was not here.
    bool remove(std::int64_t key);
    bool contains(std::int64_t key) const { return jobs_.contains(key); }
    bool empty() const { return jobs_.empty(); }
    std::size_t size() const { return jobs_.size(); }

    /// `burst`: interactive starts in a row so far. Nothing: none is ready.
    std::optional<Choice> choose(const FairnessRules& rules, int burst, MonoTime now);
    /// Makes ready what was delayed until now or before; `choose` does it too.
    void release_due(MonoTime now);
    /// When the next delayed job becomes ready.
    std::optional<MonoTime> next_due() const;
    /// Since when the oldest ready job waits.
    std::optional<MonoTime> oldest_since() const;

private:
    struct Place {
        int priority;
        MonoTime since;
        bool delayed;
        MonoTime due;
    };
    void make_ready(std::int64_t key, Place& place);
    std::optional<Choice> aged(const FairnessRules& rules, MonoTime now) const;

    std::unordered_map<std::int64_t, Place> jobs_;
    std::set<std::pair<int, std::int64_t>> ready_;               // by (priority, key)
    std::set<std::pair<MonoTime, std::int64_t>> background_;     // ready background jobs by waiting time
    std::set<std::pair<MonoTime, std::int64_t>> delayed_;        // by due time
    std::size_t ready_interactive_ = 0;
};

/// How many interactive starts in a row there are after one more start.
inline int burst_after(int burst, JobClass started) { return started == JobClass::interactive ? burst + 1 : 0; }

}  // namespace lanekeeper

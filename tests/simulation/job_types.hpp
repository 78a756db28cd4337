#pragma once
#include "base/random.hpp"
#include "queue/registry.hpp"
#include "simulation/stage.hpp"

#include <memory>

namespace lanekeeper::simulation {

// The job types that the simulation plays: every policy of a definition that the queue has to honour.
// - reply: single_flight whatever the owner, interactive, drives a turn, canceled by a stop: like suggest_reply.
// - explain: drop_duplicate, background, drives a turn, keeps a placeholder row by hooks: like file_change_explain.
// - merge: merge_duplicate, background.  - plain: either class, either meaning of a stop, every way to end or misbehave.
// - marked: mark_canceled.  - park: must not run twice.  - retired: some processes do not know it any more.
// The last four may be submitted, to lanes and to the pool; free words run on an executor of their own, but for "far" and
// "farther", which workers outside claim.

inline constexpr Millis longest_timeout{1500};  // of a type that names its own
inline constexpr Millis longest_grace{400};
inline constexpr Millis longest_lease{1500};

/// `with_retired`: false in a process that has forgotten that type.
void add_job_types(Registry& registry, std::shared_ptr<Stage> stage, bool with_retired);

struct Order {
    std::string type;
    json::object payload;
};
/// Something to enqueue. `number` tells payloads apart.
Order random_order(Random& random, int number);
/// Something to submit.
Order random_submission(Random& random, int number);
/// For a job that works without tricks, and always fails if it `fails`.
json::object steady_payload(Random& random, int number, bool fails);

}  // namespace lanekeeper::simulation

#include "queue/time_limit.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

// Beyond what a clock of nanoseconds can be set to from now on: as good as none.
constexpr Millis furthest = std::chrono::hours{24 * 365 * 100};

StopCause expiry() { return {StopCause::Kind::expired, "expired"}; }

// Zero is any time.
bool is_shorter(Millis time, Millis than) { return than.count() == 0 || time < than; }

}  // namespace

TimeLimit time_limit(const Job& job, const Definition& definition, const QueueCore& core) {
    TimeLimit limit;
    limit.after = job.timeout.value_or(definition.timeout.value_or(job.in_pool() ? Millis{0} : core.settings.default_timeout));
    if (job.in_pool() && is_shorter(core.pool.expire, limit.after)) {
        limit.after = core.pool.expire;
        limit.cause = expiry();
    }
    if (!definition.remote || !job.expires_at) return limit;
    auto left = std::max(*job.expires_at - job.last_attempt_at.value_or(core.time.wall()), Millis{1});
    if (left <= furthest && is_shorter(left, limit.after)) {  // nobody else would tell the worker of it
        limit.after = left;
        limit.cause = expiry();
    }
    return limit;
}

}  // namespace lanekeeper

#include "queue/time_limit.hpp"

#include <algorithm>

namespace lanekeeper {

TimeLimit time_limit(const Job& job, const Definition& definition, const QueueCore& core) {
    TimeLimit limit;
    limit.after = job.timeout.value_or(definition.timeout.value_or(job.in_pool() ? Millis{0} : core.settings.default_timeout));
    bool of_worker = definition.remote && job.expires_at;  // nobody else would tell the worker of it
    auto left = of_worker ? std::max(*job.expires_at - core.time.wall(), Millis{1}) : Millis::max();
    if (of_worker && left < core.pool.expire && (limit.after.count() == 0 || left < limit.after)) {
        limit.after = left;
        limit.cause = StopCause(StopCause::Kind::expired, "expired");
        return limit;
    }
    if (!job.in_pool() || (limit.after.count() > 0 && limit.after < core.pool.expire)) return limit;
    limit.after = core.pool.expire;
    limit.cause = StopCause(StopCause::Kind::expired, "expired");
    return limit;
}

}  // namespace lanekeeper

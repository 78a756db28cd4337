#include "queue/time_limit.hpp"

namespace lanekeeper {

TimeLimit time_limit(const Job& job, const Definition& definition, const QueueCore& core) {
    TimeLimit limit;
    limit.after = job.timeout.value_or(definition.timeout.value_or(job.in_pool() ? Millis{0} : core.settings.default_timeout));
    if (!job.in_pool() || (limit.after.count() > 0 && limit.after < core.pool.expire)) return limit;
    limit.after = core.pool.expire;
    limit.cause = StopCause(StopCause::Kind::expired, "expired");
    return limit;
}

}  // namespace lanekeeper

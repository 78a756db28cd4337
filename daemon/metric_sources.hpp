#pragma once
#include "agents/ingest.hpp"
#include "events/hub.hpp"
#include "queue/metrics.hpp"
#include "queue/queue.hpp"
#include "runtime/runtime.hpp"
#include "store/store.hpp"
#include "base/web_counters.hpp"
#include "daemon/housekeeping.hpp"

namespace lanekeeper {

/// Values that others keep anyway, offered to metrics at the moment somebody asks (queue.md 12).
void add_metric_sources(Metrics& metrics, Store& store, Housekeeping& housekeeping, Hub& hub, Ingest& ingest,
                        const WebCounters& web, Queue& queue, const Runtime& runtime);

}  // namespace lanekeeper

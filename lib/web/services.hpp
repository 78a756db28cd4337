#pragma once
#include "async/time_source.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "events/hub.hpp"
#include "queue/ledger.hpp"
#include "queue/queue.hpp"
#include "queue/registry.hpp"
#include "runtime/runtime.hpp"

#include <functional>
#include <string>

namespace lanekeeper {
class Sessions;   // lib/agents/sessions
class Projects;   // lib/agents/projects
class Ingest;     // lib/agents/ingest
class Suggestions;  // lib/agents/suggestions
class Questions;  // lib/agents/questions
class Metrics;    // lib/queue/metrics
class Schedules;  // lib/queue/schedules
}  // namespace lanekeeper

namespace lanekeeper::web {

/// Everything a handler may use; built in the composition root, outlives the listener.
struct Services {
    const Settings& settings;
    TimeSource& time;
    Random& random;
    Store& store;      // for reads; changes go through the ledger
    Ledger& ledger;
    Hub& hub;
    Queue& queue;
    Schedules& schedules;
    const Registry& registry;
    Runtime& runtime;
    Sessions& sessions;
    Projects& projects;
    Ingest& ingest;
    Suggestions& suggestions;
    Questions& questions;
    Metrics& metrics;
};

}  // namespace lanekeeper::web

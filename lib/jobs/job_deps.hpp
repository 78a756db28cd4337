#pragma once
#include "agents/questions.hpp"
#include "agents/sessions.hpp"
#include "agents/worker_sessions.hpp"
#include "base/settings.hpp"
#include "queue/queue.hpp"
#include "queue/registry.hpp"

namespace lanekeeper {

/// What job types are made of beside what a run is given. Everything outlives the queue.
struct JobDeps {
    JobDeps(const Settings& settings_, Sessions& sessions_, WorkerSessions& workers_, Runtime& runtime_,
            Queue& queue_, const Registry& registry_, Questions& questions_)
        : settings(settings_), sessions(sessions_), workers(workers_), runtime(runtime_), queue(queue_),
          registry(registry_), questions(questions_) {}
    const Settings& settings;
    Sessions& sessions;
    WorkerSessions& workers;
    Runtime& runtime;  // to be asked at recovery; a run has its own
    Queue& queue;
    const Registry& registry;
    Questions& questions;
};

}  // namespace lanekeeper

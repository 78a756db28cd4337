#pragma once
#include "base/settings.hpp"
#include "jobs/executors/http_caller.hpp"
#include "queue/queue.hpp"

#include <string>
#include <vector>

namespace lanekeeper {

/// What declared executors are made of beside what a run is given. What it refers to outlives the queue.
struct ExecutorDeps {
    ExecutorDeps(const Settings& settings_, Queue& queue_, HttpCaller& http_, std::vector<std::string> environment_)
        : settings(settings_), queue(queue_), http(http_), environment(std::move(environment_)) {}
    const Settings& settings;
    Queue& queue;
    HttpCaller& http;
    std::vector<std::string> environment;  // ours, NAME=value; commands are given a few of them
};

}  // namespace lanekeeper

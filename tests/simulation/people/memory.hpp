#pragma once
#include "simulation/graph.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lanekeeper::simulation {

/// What the people outside remember, whatever becomes of the process that answered them.
struct Memory {
    int orders = 0;                              // so many payloads were made
    std::vector<std::int64_t> jobs;              // that were acknowledged, and may be meddled with
    std::map<std::string, std::string> answers;  // idempotency key → job id
    int own_ids = 0;                             // so many ids of their own were made
    std::vector<Graph> graphs;
    std::vector<std::string> schedules;          // ids
};

}  // namespace lanekeeper::simulation

#pragma once
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "job/effects.hpp"
#include "job/job.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// One job as `POST /api/jobs` asks for it (jobs-family.md, Submit).
struct Submission {
    Submission() = default;
    std::string type;                      // a registered one, or a free word
    std::optional<std::string> executor;   // runs it in place of its type
    std::string owner;                     // of a lane; empty: the pool
    std::optional<std::string> client_id;  // its id, instead of one of ours
    std::optional<std::string> name;
    json::object payload;
    json::value metadata;
    int priority = 5;
    std::vector<std::string> dependencies;  // ids of jobs, of this submission too
    std::optional<Millis> timeout;          // of an attempt
    std::optional<WallTime> scheduled_for;
    std::optional<int> max_retries;
    std::optional<std::string> dedupe_key;
    json::object told;  // what `job:created` says of it: the submission as it came
    /// Rows of the one commit that brings the job, by its id. Pure. They are written when another job stands for it, too.
    std::function<Effects(const Job& job)> along;
};

}  // namespace lanekeeper

#pragma once
#include "base/random.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lanekeeper {

/// A job's public id is its store key in other words: "job_" and 13 characters of Crockford base32, so ids sort by
/// creation, need no index of their own, and equal no route word (queue.md 1).
std::string job_id(std::int64_t key);

/// The key behind a job id; nothing on text that `job_id` cannot have made.
std::optional<std::int64_t> job_key(std::string_view id);

/// Hands out job keys: 42 bits of milliseconds, then a counter; strictly rising, also when the clock steps back
/// or the process restarts (`start_after` the highest key in the store).
class JobKeys {
public:
    void start_after(std::int64_t key) { last_ = key > last_ ? key : last_; }
    std::int64_t next(WallTime now);

private:
    std::int64_t last_ = 0;
};

/// "<prefix>_" and 26 characters: time first, then 80 random bits. For sessions, projects, turns, requests.
std::string new_id(std::string_view prefix, WallTime now, Random& random);

}  // namespace lanekeeper

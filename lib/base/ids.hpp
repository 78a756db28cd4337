#pragma once
#include "base/random.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <mutex>
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

/// "<prefix>_" and 26 characters: time first, then 80 random bits. For ids that nobody sorts: within a millisecond their
/// order is chance.
std::string new_id(std::string_view prefix, WallTime now, Random& random);

/// Makes ids of the same shape, each greater than the last, also within a millisecond and when the clock steps back: after
/// the time comes a number that begins anywhere and rises while the time stays the same, then 40 random bits. For threads,
/// turns, items, messages, projects. Any thread, when `random` may be used from any.
class RisingIds {
public:
    explicit RisingIds(Random& random) : random_(random) {}
    std::string next(std::string_view prefix, WallTime now);

private:
    Random& random_;
    std::mutex mutex_;
    std::int64_t ms_ = -1;
    std::uint64_t number_ = 0;
};

}  // namespace lanekeeper

#pragma once
#include "store/memory/memory_state.hpp"

#include <string>
#include <vector>

namespace lanekeeper {

/// What `.data/orchestrator-jobs.json` holds: `version` and `jobs` as the mission has them, our other tables as further
/// members.
struct Snapshot {
    std::string epoch;  // empty in a file of another implementation
    std::vector<Job> jobs;  // by rising key; those with foreign ids have new keys that follow their creation
    std::vector<MemoryState::Kept> records;
    std::vector<Event> events;
    std::int64_t last_seq = 0;
    std::int64_t last_order = 0;
    std::int64_t highest_key = 0;
    std::map<std::int64_t, Counters::Hour> hours;
    std::vector<json::value> unreadable;  // jobs and records that were left out, as they were, with `why`
};

constexpr int snapshot_version = 1;

/// The file's text.
std::string render_snapshot(const MemoryState& state, const std::string& epoch);

/// Throws `std::runtime_error` on a newer version (which must not be overwritten), and `UnsoundSnapshot` on text that is
/// no snapshot at all.
Snapshot parse_snapshot(const std::string& text, const std::string& path);

class UnsoundSnapshot : public std::exception {
public:
    explicit UnsoundSnapshot(std::string why) : why_(std::move(why)) {}
    const char* what() const noexcept override { return why_.c_str(); }

private:
    std::string why_;
};

MemoryState load_snapshot(Snapshot snapshot);

}  // namespace lanekeeper

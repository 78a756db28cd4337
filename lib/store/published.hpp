#pragma once
#include "store/counters.hpp"

#include <cstdint>
#include <mutex>
#include <string>

namespace lanekeeper {

/// What everybody may know of a store as of its last commit.
struct StoreState {
    CountSummary counts;
    std::int64_t last_seq = 0;
    std::int64_t highest_key = 0;
    std::string problem;  // why it cannot write now; empty when it can
};

/// Where the thread that writes leaves that for the others. Any thread.
class Published {
public:
    /// A commit reached the disk: whatever was the problem is over. True when there was one.
    bool committed(const Counters& counters, std::int64_t last_seq, std::int64_t highest_key);
    /// True when that is news.
    bool failed(const std::string& why);
    StoreState get() const;
    std::string problem() const;

private:
    mutable std::mutex mutex_;
    StoreState state_;
};

}  // namespace lanekeeper

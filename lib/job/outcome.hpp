#pragma once
#include "job/job.hpp"

#include <string_view>

namespace lanekeeper {

// A job as the words of jobs-family.md have it.

/// to_word, but "cancelled" with two l.
std::string_view status_word(JobState state);

/// What it came to, for those that depend on it: the result's own member `output`, where it has one, else the whole result;
/// null where there is none.
json::value output_of(const Job& job);

}  // namespace lanekeeper

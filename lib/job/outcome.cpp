#include "job/outcome.hpp"

namespace lanekeeper {

std::string_view status_word(JobState state) { return state == JobState::canceled ? "cancelled" : to_word(state); }

json::value output_of(const Job& job) {
    if (!job.result) return nullptr;
    const auto* said = job.result->if_contains("output");
    return said ? *said : json::value(*job.result);
}

}  // namespace lanekeeper

#include "job/job.hpp"

#include "base/ids.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper {
namespace {

constexpr std::array<std::string_view, 7> state_words = {"pending",   "queued", "running",  "completed",
                                                         "failed",    "canceled", "expired"};
constexpr std::string_view session_prefix = "session:";
constexpr std::size_t longest_owner = 128;

bool is_id_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= longest_owner && std::all_of(text.begin(), text.end(), is_id_char);
}

}  // namespace

std::string_view to_word(JobState state) { return state_words[std::size_t(state)]; }

std::optional<JobState> job_state(std::string_view word) {
    auto found = std::find(state_words.begin(), state_words.end(), word);
    if (found == state_words.end()) return {};
    return JobState(found - state_words.begin());
}

std::string_view to_word(JobClass job_class) { return job_class == JobClass::interactive ? "interactive" : "background"; }

std::string Job::id() const { return client_id ? *client_id : job_id(key); }

bool is_well_formed_owner(std::string_view owner) {
    if (owner.starts_with(session_prefix)) return is_id(owner.substr(session_prefix.size()));
    return is_id(owner) && owner != "pool";
}

std::string session_owner(std::string_view session_id) { return std::string(session_prefix) + std::string(session_id); }

std::optional<std::string> owner_session(std::string_view owner) {
    if (!owner.starts_with(session_prefix)) return {};
    return std::string(owner.substr(session_prefix.size()));
}

std::string pool_owner(std::string_view worker_id) { return "pool:" + std::string(worker_id); }
bool is_pool_owner(std::string_view owner) { return owner.starts_with("pool:"); }
std::string worker_owner(const Job& job) { return job.in_pool() ? pool_owner(job.worker_id.value_or("")) : job.owner; }

}  // namespace lanekeeper

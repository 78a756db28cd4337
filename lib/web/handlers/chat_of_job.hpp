#pragma once
#include "base/error.hpp"
#include "web/services.hpp"

namespace lanekeeper::web {

/// Refused where the job belongs to a chat that is gone or not a user's: such a chat gets no more work. A job that is not
/// there belongs to none.
Result<void> require_chat_of(const Services& services, const std::optional<Job>& job);

}  // namespace lanekeeper::web

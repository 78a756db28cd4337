#pragma once
#include "runtime/codex/message.hpp"

#include <optional>

namespace lanekeeper::codex {

/// The answer that lets a turn go on without what it asked for: a request that nobody here can put to a person is
/// declined at once, since unanswered it holds its turn for ever (runtime.md 2, Approvals). Nothing for a method that
/// is not known, which is to be refused.
std::optional<json::value> decline(const Message& request);

}  // namespace lanekeeper::codex

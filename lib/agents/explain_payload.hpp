#pragma once
#include "base/text.hpp"
#include "agents/notice.hpp"
#include "session/session.hpp"

#include <optional>

namespace lanekeeper {

/// The payload of `file_change_explain` for a completed item, when it passes every filter (orchestrator-queue.md,
/// file_change_explain; runtime.md 5): a `fileChange`, status completed, at least one change with a diff, in a chat of a
/// project that is not system-owned. The diffs together are cut at `max_chars` characters (code points), and where the
/// payload, as JSON, would grow beyond limits::job_payload. Nothing when it does not pass.
std::optional<json::object> explain_payload(const session::Session& session, const std::string& turn_id,
                                            const json::object& item, std::size_t max_chars);

}  // namespace lanekeeper

#pragma once
#include "agents/agent_policy.hpp"
#include "base/time.hpp"
#include "transcript/entry.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// What a job wants its worker to have been told before: once per worker session and key (runtime.md 3).
struct BootstrapInstruction {
    BootstrapInstruction(std::string key_, std::string text_) : key(std::move(key_)), text(std::move(text_)) {}
    std::string key;
    std::string text;
};

/// One thing that a worker's session is told in a turn of its own.
struct PreflightStep {
    std::string name;  // "orientation", or "bootstrap:" and the key: once each
    std::string text;
};

/// What a worker's session has been told. Pure; persisted in the worker's mapping.
class Preflight {
public:
    Preflight() = default;
    explicit Preflight(const json::value& stored);  // as `to_json` made it; null: nothing was told
    json::object to_json() const;

    /// What is to be told before a job; nothing: the job may begin.
    std::optional<PreflightStep> next(const AgentPolicy& policy, const std::optional<BootstrapInstruction>& bootstrap) const;
    bool told(const std::string& name) const;
    /// A turn for it was, or may have been, begun once.
    bool begun(const std::string& name) const { return begun_ == name; }

    Preflight with_begun(const std::string& name) const;
    Preflight with_told(const std::string& name) const;

private:
    std::vector<std::string> told_;  // oldest first; of bootstraps the last so many
    std::string begun_;
};

/// Who is told what, and when that began.
struct PreflightNote {
    PreflightNote() = default;
    std::string session_id;
    std::string agent;
    PreflightStep step;
    WallTime began{};
};

/// Marks a step's turn, so that it is found again after a crash.
std::string preflight_message_id(const std::string& session_id, const PreflightStep& step);

/// The step's row in the worker's transcript, of type `agent.worker.lifecycle`. `why`: it could not be told.
transcript::Entry preflight_row(const PreflightNote& note, transcript::Status status, const std::string& turn_id, WallTime now,
                                const std::string& why = {});

}  // namespace lanekeeper

#pragma once
#include "queue/definition.hpp"

namespace lanekeeper {

/// Thrown by `run` when nobody can tell any more how its work ended: the runtime died with it and has no trace of it
/// (runtime.md 4). What follows is the definition's `recover`, as after a restart of the daemon: try again, or park.
class OutcomeUnknown : public JobFailure {
public:
    explicit OutcomeUnknown(const std::string& what) : JobFailure(ErrorClass::retryable, what) {}
};

}  // namespace lanekeeper

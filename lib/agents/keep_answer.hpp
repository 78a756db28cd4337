#pragma once
#include "job/effects.hpp"

#include <functional>

namespace lanekeeper {

/// For requests that may be repeated under a key (api.md 1, `Idempotency-Key`): the record from which a repetition is
/// answered, of what is about to be made. It goes into the very commit that makes it. Pure; empty: nothing to keep.
template <class Made>
using KeepAnswer = std::function<RecordPut(const Made&)>;

}  // namespace lanekeeper

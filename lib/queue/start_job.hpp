#pragma once
#include "queue/core.hpp"

#include <functional>
#include <optional>
#include <string>

namespace lanekeeper {

struct StartOrder {
    StartOrder() = default;
    StartOrder(std::int64_t key_, json::value dispatch_, std::optional<std::string> worker_id_)
        : key(key_), dispatch(std::move(dispatch_)), worker_id(std::move(worker_id_)) {}
    std::int64_t key = 0;
    json::value dispatch;  // why this job was chosen
    std::optional<std::string> worker_id;
    std::function<bool()> still_wanted;  // asked right before the commit; no: nothing is changed
};

/// Spends an attempt of this job: durably running when it returns. Nothing: it is not to be run, because it waits no more, or is
/// not wanted any more, or has failed as unfit. The caller sees to it that nobody else changes the job meanwhile. Throws StorageUnavailable: nothing changed.
Task<std::optional<Job>> start_job(QueueCore& core, StartOrder order);

}  // namespace lanekeeper

#pragma once
#include "async/time_source.hpp"
#include "jobs/executors/http_caller.hpp"

#include <memory>

namespace lanekeeper::web {

/// Requests over http, each on a connection of its own. Calls come from any executor.
class OutgoingHttp : public HttpCaller {
public:
    /// Closes what is under way; calls after it fail. Returns when nothing of it is left.
    virtual Task<void> stop() = 0;
};

/// Both references outlive it, and its owner awaits `stop`.
std::unique_ptr<OutgoingHttp> make_outgoing_http(asio::any_io_executor executor, TimeSource& time);

}  // namespace lanekeeper::web

#pragma once
#include <boost/asio/io_context.hpp>

namespace lanekeeper::testing {

/// A loop that can destroy what waits in it while the objects that this touches are still there: how a test kills a
/// process without ending its own.
class MortalLoop : public boost::asio::io_context {
public:
    MortalLoop() : boost::asio::io_context(1) {}
    void destroy_waiting() { shutdown(); }
};

}  // namespace lanekeeper::testing

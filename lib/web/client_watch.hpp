#pragma once
#include "async/nursery.hpp"
#include "async/presence.hpp"
#include "web/http_io.hpp"

#include <functional>
#include <memory>

namespace lanekeeper::web {

/// Looks at a connection while its request is being answered: the client's presence ends when it goes away. Ends with
/// this object; what it started is the nursery's, and `ended` is called when that is over. On the connection's executor.
class ClientWatch {
public:
    ClientWatch(Nursery& nursery, HttpIo& io, std::function<void()> ended);
    ~ClientWatch();
    ClientWatch(const ClientWatch&) = delete;
    ClientWatch& operator=(const ClientWatch&) = delete;

    const std::shared_ptr<Presence>& presence() const { return presence_; }

private:
    std::shared_ptr<Presence> presence_;
    std::shared_ptr<Nursery::Child> child_;
};

}  // namespace lanekeeper::web

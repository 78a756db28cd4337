#pragma once
#include "web/context.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>

namespace lanekeeper::web {

/// One accepted connection: HTTP requests one after the other, until it becomes a stream or ends. It keeps itself alive
/// from `start` to `ended`; the server keeps it, too, to be able to end it.
class Connection {
public:
    virtual ~Connection() = default;

    /// On the connection's executor. `ended` is called there, once, when nothing of it runs any more.
    virtual void start(std::function<void()> ended) = 0;

    /// Answers what is being answered, tells streams that the service restarts (1012), then ends. Any thread.
    virtual void stop() = 0;
    /// Ends now. Any thread.
    virtual void cut() = 0;
};

std::shared_ptr<Connection> make_connection(const WebContext& context, asio::ip::tcp::socket socket);

}  // namespace lanekeeper::web

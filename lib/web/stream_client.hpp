#pragma once
#include "async/nursery.hpp"
#include "web/context.hpp"
#include "web/deadline.hpp"
#include "web/stream_request.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <set>
#include <string>

namespace lanekeeper::web {

// A connection that hears events, whatever its protocol: one coroutine reads, one talks (the feed and replies to
// commands, in order), one writes; claims of workers wait beside them, and are answered when they have waited. A derived class brings the bytes. Lives in a shared_ptr; all members on the
// connection's executor.
class StreamClient : public std::enable_shared_from_this<StreamClient> {
public:
    struct Setup {
        const WebContext& context;
        asio::any_io_executor executor;
        Deadline& deadline;  // the connection's; its expiry cuts
        StreamRequest request;
        bool operator_role = false;
    };
    virtual ~StreamClient() = default;

    /// Returns when the client is gone and nothing of it runs any more.
    Task<void> run(std::shared_ptr<StreamClient> self);

    /// After what waits has been sent.
    void close(std::uint16_t code, std::string reason);
    virtual void cut() = 0;

protected:
    explicit StreamClient(Setup setup);

    /// The opening of the protocol; false: it was refused or the client went away.
    virtual Task<bool> greet() = 0;
    /// Until the client is gone (mark it with `lost`) or must be closed.
    virtual Task<void> read_loop() = 0;
    virtual Task<bool> send(OutMessage message) = 0;
    virtual Task<void> send_close(CloseOrder order) = 0;
    /// How long the writer may be silent before `beat`; nothing: for ever.
    virtual std::optional<Millis> heartbeat() const { return {}; }
    virtual Task<bool> beat() { co_return true; }

    /// For the reader: hands a command over to the talker; waits while too many do.
    Task<void> take(StreamCommand command);
    void lost() { gone_ = true; }
    bool closing() const { return closing_; }
    /// For the reader: closes without what waits.
    void close_now(std::uint16_t code, std::string reason) { outbox_->close(code, std::move(reason), true); }

    const WebContext& context_;
    const asio::any_io_executor executor_;
    Deadline& deadline_;

private:
    void prepare();
    void woken();
    Task<void> talk(std::shared_ptr<StreamClient> self);
    Task<void> obey(StreamCommand command);
    Task<void> answer_worker(json::object call);
    void begin_claim(json::object call);
    Task<void> claim(std::shared_ptr<StreamClient> self, json::object call, std::shared_ptr<Presence> presence);
    void leave_claims();
    Task<void> write_loop(std::shared_ptr<StreamClient> self);
    Task<bool> write_next();
    Task<void> wait_for_work();

    StreamRequest request_;
    const bool operator_role_;
    Nursery children_;
    std::unique_ptr<Alarm> writer_, talker_, reader_;
    std::shared_ptr<Outbox> outbox_;
    std::shared_ptr<Feed> feed_;
    std::deque<StreamCommand> commands_;
    std::set<std::shared_ptr<Presence>> claims_;  // of a worker, that wait
    std::deque<json::object> answers_;            // to claims, for the talker to say
    std::shared_ptr<std::atomic<bool>> wake_posted_ = std::make_shared<std::atomic<bool>>(false);
    bool gone_ = false;
    bool closing_ = false;
};

/// `head`: the upgrade request as it came. Beast stays in the source.
std::shared_ptr<StreamClient> make_websocket_client(const WebContext& context, asio::ip::tcp::socket socket, Deadline& deadline,
                                                    StreamRequest request, const ApiRequest& upgrade, std::string head);

/// Server-Sent Events.
std::shared_ptr<StreamClient> make_event_stream_client(
    const WebContext& context, asio::ip::tcp::socket socket, Deadline& deadline, StreamRequest request,
    const ApiRequest& asked, std::vector<std::pair<std::string, std::string>> headers);

}  // namespace lanekeeper::web

#pragma once
#include "web/admission.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>

namespace lanekeeper::web {

/// The bytes of one HTTP connection, in and out. Time limits are the owner's: it cancels or closes. On the connection's
/// executor, one coroutine at a time. Beast stays in the source.
class HttpIo {
public:
    using Error = boost::system::error_code;

    explicit HttpIo(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    asio::any_io_executor executor() { return socket_.get_executor(); }
    bool is_open() const { return socket_.is_open(); }

    /// What came and was not taken yet.
    std::string_view received() const { return received_; }
    /// The first bytes of it.
    std::string take(std::size_t size);
    Task<Error> read_more();

    /// The body after this head. too_large: over the limit, and unread.
    enum class Body { complete, too_large, malformed };
    Task<Body> read_body(std::string_view head, std::size_t limit, std::string& body);

    /// Until the client says that nothing more will come of it, or is gone: true. False: it has sent more, or the wait was cancelled.
    Task<bool> wait_gone();

    /// How a reply goes out.
    struct ReplyFrame {
        bool keep = true;
        bool http10 = false;
        bool head_only = false;
        std::string date;
        const std::vector<std::pair<std::string, std::string>>* headers = nullptr;  // beside the reply's own
    };
    /// False: the connection is gone.
    Task<bool> write_reply(ApiReply reply, const ReplyFrame& frame);
    Task<bool> write_text(std::string text);
    /// The plain refusal of what is no proper HTTP.
    static std::string plain_reply(int status, std::string reason);

    /// Says that nothing more will come and reads into the void, so that the client sees the answer (api.md 1).
    Task<void> discard_input();
    void finish_sending();
    void cancel();
    void close();
    /// For whoever goes on with it; nothing of it stays here.
    asio::ip::tcp::socket release();

private:
    asio::ip::tcp::socket socket_;
    std::string received_;
};

}  // namespace lanekeeper::web

#pragma once
#include "base/limits.hpp"
#include "base/time.hpp"
#include "runtime/codex/message.hpp"

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace lanekeeper::codex {

/// How a call ended.
struct CallEnd {
    enum class How { answered, refused, timed_out, lost };
    CallEnd() = default;
    explicit CallEnd(How how_) : how(how_) {}
    How how = How::lost;
    json::value result;  // answered
    RpcError error;      // refused
    std::int64_t call = 0;  // timed out, and the server was asked: it may still do it, and answer
};
/// What a reply says.
CallEnd end_of(Message reply);
using CallDone = std::function<void(CallEnd)>;

/// The calls of one connection: gives them ids, lets so many out at a time, and ends each exactly once, whatever comes
/// first: its reply, its deadline, or the end of the connection. A `done` may ask for further calls.
class CallBook {
public:
    explicit CallBook(std::size_t at_once = limits::runtime_pending) : at_once_(at_once) {}

    /// The deadline counts while the call waits for its turn, too.
    void ask(std::string method, json::object params, MonoTime deadline, CallDone done);
    /// Lines of the calls that may go out now, in the order of asking.
    std::vector<std::string> take_ready();

    /// False when the call has ended before: its reply is late, or nobody asked.
    bool end(std::int64_t id, CallEnd how);
    /// False as in `end`.
    bool answer(Message reply);
    /// Ends what is overdue. → how many.
    std::size_t expire(MonoTime now);
    /// The connection is gone: all are lost.
    void lose_all();

    /// `MonoTime::max()` when nothing is asked.
    MonoTime next_deadline() const;
    bool is_open(std::int64_t id) const { return calls_.contains(id); }
    std::size_t open() const { return calls_.size(); }

private:
    struct Call {
        std::string line;  // until it goes out
        MonoTime deadline;
        CallDone done;
        bool out = false;
    };

    std::size_t at_once_;
    std::int64_t last_id_ = 0;
    std::size_t out_ = 0;
    std::map<std::int64_t, Call> calls_;
    std::deque<std::int64_t> waiting_;  // ids of calls that are not out; some may have ended
    std::set<std::pair<MonoTime, std::int64_t>> deadlines_;
};

}  // namespace lanekeeper::codex

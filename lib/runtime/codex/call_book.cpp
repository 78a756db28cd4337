#include "runtime/codex/call_book.hpp"

namespace lanekeeper::codex {

void CallBook::ask(std::string method, json::object params, MonoTime deadline, CallDone done) {
    auto id = ++last_id_;
    Call call;
    call.line = request_line(id, method, std::move(params));
    call.deadline = deadline;
    call.done = std::move(done);
    calls_.emplace(id, std::move(call));
    deadlines_.emplace(deadline, id);
    waiting_.push_back(id);
}

std::vector<std::string> CallBook::take_ready() {
    std::vector<std::string> lines;
    while (out_ < at_once_ && !waiting_.empty()) {
        auto found = calls_.find(waiting_.front());
        waiting_.pop_front();
        if (found == calls_.end()) continue;
        found->second.out = true;
        ++out_;
        lines.push_back(std::move(found->second.line));
    }
    return lines;
}

bool CallBook::end(std::int64_t id, CallEnd how) {
    auto found = calls_.find(id);
    if (found == calls_.end()) return false;
    auto call = std::move(found->second);
    calls_.erase(found);
    deadlines_.erase({call.deadline, id});
    if (call.out) --out_;
    if (call.done) call.done(std::move(how));
    return true;
}

CallEnd end_of(Message reply) {
    CallEnd how(reply.error ? CallEnd::How::refused : CallEnd::How::answered);
    if (reply.error) how.error = std::move(*reply.error);
    else how.result = std::move(reply.result);
    return how;
}

bool CallBook::answer(Message reply) {
    auto id = reply.id;
    return end(id, end_of(std::move(reply)));
}

std::size_t CallBook::expire(MonoTime now) {
    std::size_t ended = 0;
    while (next_deadline() <= now) {
        auto id = deadlines_.begin()->second;
        CallEnd how(CallEnd::How::timed_out);
        if (calls_.at(id).out) how.call = id;
        end(id, std::move(how));
        ++ended;
    }
    return ended;
}

void CallBook::lose_all() {
    auto last = last_id_;  // what is asked meanwhile belongs to whoever comes next
    while (!calls_.empty() && calls_.begin()->first <= last) end(calls_.begin()->first, CallEnd(CallEnd::How::lost));
}

MonoTime CallBook::next_deadline() const { return deadlines_.empty() ? MonoTime::max() : deadlines_.begin()->first; }

}  // namespace lanekeeper::codex

// AppServer: the calls, their deadlines, and whether it answers at all.
#include "runtime/codex/app_server_life.hpp"
#include "runtime/codex/refusal.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lanekeeper::codex {
namespace {

constexpr Millis overloaded_pause{200};

}  // namespace

void AppServer::ask(std::string method, json::object params, Millis within, CallDone done) {
    if (!ready_) {
        asio::post(strand_, [done = std::move(done)] { done(CallEnd(CallEnd::How::lost)); });
        return;
    }
    ask_now(std::move(method), std::move(params), time_.mono() + within, std::move(done));
}

void AppServer::ask_now(std::string method, json::object params, MonoTime deadline, CallDone done) {
    auto kept = std::make_shared<json::object>(params);
    auto ended = [this, method, kept, deadline, done = std::move(done)](CallEnd end) {
        if (end.how == CallEnd::How::timed_out) suspected_ = true;
        bool overloaded = end.how == CallEnd::How::refused && meaning_of(method, end.error) == Refusal::overloaded;
        auto when = time_.mono() + overloaded_pause;
        if (!overloaded || when >= deadline || !ready_) return done(std::move(end));
        again_.emplace(when, Again{method, std::move(*kept), deadline, done});
        calls_alarm_->wake();
    };
    bool sooner = deadline < book_.next_deadline();
    book_.ask(std::move(method), std::move(params), deadline, std::move(ended));
    if (sooner) calls_alarm_->wake();
    pump();
}

void AppServer::ask_overloaded_again() {
    auto due = again_.upper_bound(time_.mono());
    std::vector<Again> calls;
    for (auto it = again_.begin(); it != due; ++it) calls.push_back(std::move(it->second));
    again_.erase(again_.begin(), due);
    for (auto& call : calls) ask_now(std::move(call.method), std::move(call.params), call.deadline, std::move(call.done));
}

Task<void> AppServer::watch_calls() {
    while (!stopping_ || life_) {
        book_.expire(time_.mono());
        ask_overloaded_again();
        probe_when_silent();
        pump();
        auto until = std::min(book_.next_deadline(), time_.mono() + options_.probe_after);
        if (!again_.empty()) until = std::min(until, again_.begin()->first);
        co_await calls_alarm_->wait_until(until);
    }
}

// A process that is there and hangs is as good as none, and nobody else finds out. A call that it left unanswered may be
// its own affair, or the first sign of that.
void AppServer::probe_when_silent() {
    bool silent = time_.mono() >= last_heard_ + options_.probe_after;
    if (!ready_ || probing_ || !(silent || suspected_)) return;
    probing_ = true;
    suspected_ = false;
    json::object params;
    params["limit"] = 1;
    auto deadline = time_.mono() + options_.probe_within;
    book_.ask("thread/loaded/list", std::move(params), deadline, [this, life = life_](const CallEnd& end) {
        probing_ = false;
        if (end.how == CallEnd::How::timed_out) condemn(life, "it does not answer");
    });
}

}  // namespace lanekeeper::codex

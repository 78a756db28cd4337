#include "runtime/codex/app_server_life.hpp"

#include "base/log.hpp"
#include "base/members.hpp"
#include "runtime/codex/params.hpp"

#include <algorithm>
#include <csignal>
#include <system_error>

namespace lanekeeper::codex {

AppServer::AppServer(Strand strand, TimeSource& time, ServerOptions options, ServerEvents events)
    : strand_(strand), time_(time), options_(std::move(options)), events_(std::move(events)), alarm_(time.alarm(strand)),
      calls_alarm_(time.alarm(strand)), first_alarm_(time.alarm(strand)), nursery_(strand, "codex"),
      pipes_(strand, "codex pipes") {}

AppServer::~AppServer() = default;

Task<void> AppServer::start() { return on_strand(strand_, begin()); }
Task<void> AppServer::stop() { return on_strand(strand_, end()); }

int AppServer::retry_after_ms() const {
    constexpr std::int64_t start_up = 500;  // what it takes to start, about
    return int(pause_ms_ + start_up);
}

Task<void> AppServer::begin() {
    if (started_ || stopping_) co_return;
    started_ = true;
    nursery_.start("app server", supervise());
    nursery_.start("calls", watch_calls());
    while (!first_over_) co_await first_alarm_->wait();
}

Task<void> AppServer::end() {
    stopping_ = true;
    alarm_->wake();
    calls_alarm_->wake();
    co_await nursery_.wait_empty();
}

Task<void> AppServer::supervise() {
    auto pause = options_.first_pause;
    while (!stopping_) {
        auto life = launch();
        if (life) co_await serve(life);
        bool long_enough = life && life->ready_since && time_.mono() >= *life->ready_since + options_.steady_after;
        if (long_enough || (life && life->worked)) pause = options_.first_pause;
        first_attempt_is_over();
        if (!stopping_) co_await rest(pause);
        pause = std::min(pause * 2, options_.longest_pause);
    }
    first_attempt_is_over();
}

void AppServer::first_attempt_is_over() {
    first_over_ = true;
    first_alarm_->wake();
}

Task<void> AppServer::rest(Millis pause) {
    auto until = time_.mono() + pause;
    pause_ms_ = pause.count();
    log_info("codex will be started again", {{"afterMs", pause.count()}});
    while (!stopping_ && time_.mono() < until) co_await alarm_->wait_until(until);
    pause_ms_ = 0;
}

AppServer::LifePtr AppServer::launch() {
    try {
        auto child = Child::start(options_.command);
        auto life = std::make_shared<Life>(strand_, std::move(child), time_.alarm(strand_));
        state_.change([&](ServerState& state) {
            state.running = true;
            state.pid = int(life->child.pid());
            ++state.starts;
        });
        return life;
    } catch (const std::system_error& e) {
        log_error("codex does not start", {{"path", options_.command.path}, {"error", e.what()}});
        state_.change([&](ServerState& state) { state.last_exit = e.what(); });
        return nullptr;
    }
}

Task<void> AppServer::serve(LifePtr life) {
    life_ = life;
    last_heard_ = time_.mono();
    pipes_.start("output", read_output(life));
    pipes_.start("errors", read_errors(life));
    pipes_.start("input", write_input(life));
    pipes_.start("end", await_death(life));
    greet(life);
    while (!life->status) {
        if (stopping_) life->ending = true;
        auto due = hurry_end(*life);
        co_await alarm_->wait_until(due);
    }
    co_await pipes_.wait_empty();
    went_down(life);
}

/// The next step towards the end of a process that is to end, when it is due. → when to look again.
MonoTime AppServer::hurry_end(Life& life) {
    auto now = time_.mono();
    if (!life.ending) return MonoTime::max();
    if (now < life.next_push) return life.next_push;
    switch (life.pushes++) {
        case 0:
            life.over = true;
            life.write_alarm->wake();
            break;
        case 1: life.child.signal_group(SIGTERM); break;
        default: life.child.signal_group(SIGKILL);
    }
    life.next_push = now + options_.end_within;
    return life.next_push;
}

void AppServer::condemn(const LifePtr& life, const char* why) {
    if (life->ending || life->status) return;
    log_warn("codex is killed", {{"pid", std::int64_t(life->child.pid())}, {"reason", why}});
    life->ending = true;
    life->pushes = 2;
    alarm_->wake();
}

void AppServer::greet(const LifePtr& life) {
    auto deadline = time_.mono() + options_.initialize_within;
    book_.ask("initialize", initialize_params(), deadline, [this, life](const CallEnd& end) { greeted(life, end); });
    pump();
    calls_alarm_->wake();
}

void AppServer::greeted(const LifePtr& life, const CallEnd& end) {
    if (end.how == CallEnd::How::lost) return;
    if (end.how != CallEnd::How::answered) return condemn(life, "it does not initialize");
    send(*life, notification_line("initialized"));
    life->ready_since = time_.mono();
    state_.change([&](ServerState& state) {
        state.initialized = true;
        if (const auto* about = end.result.if_object()) state.version = members::text(*about, "userAgent");
    });
    ready_ = true;
    log_info("codex answers", {{"pid", std::int64_t(life->child.pid())}});
    first_attempt_is_over();
    if (events_.up) events_.up();
}

void AppServer::went_down(const LifePtr& life) {
    auto how = describe_status(*life->status);
    bool was_ready = ready_.exchange(false);
    life_.reset();
    probing_ = suspected_ = false;
    state_.change([&](ServerState& state) {
        state.running = state.initialized = false;
        state.pid = 0;
        state.last_exit = how;
    });
    if (stopping_) log_info("codex has ended", {{"how", how}});
    else log_warn("codex has ended", {{"how", how}});
    auto again = std::exchange(again_, {});
    book_.lose_all();
    for (auto& [when, call] : again) call.done(CallEnd(CallEnd::How::lost));
    if (was_ready && events_.down) events_.down();
    calls_alarm_->wake();
}

}  // namespace lanekeeper::codex

#include "async/nursery.hpp"

#include "base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <cassert>
#include <list>
#include <utility>

namespace lanekeeper {
namespace {

class Running final : public Nursery::Child {
public:
    Running(std::string name, Nursery::Done on_done) : what(std::move(name)), done(std::move(on_done)) {}
    void cancel(asio::cancellation_type type) override {
        if (!begun) wish = wish | type;
        else if (!ended) signal.emit(type);
    }
    void begin() {
        begun = true;
        if (wish != asio::cancellation_type::none) signal.emit(wish);
    }
    std::string what;
    Nursery::Done done;
    asio::cancellation_signal signal;
    bool begun = false, ended = false;
    asio::cancellation_type wish = asio::cancellation_type::none;  // asked before it began
    std::list<std::shared_ptr<Running>>::iterator place;  // in its nursery's list, until it ended
};

bool is_cancellation(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

// A coroutine that is cancelled before its first suspension would end without its handler, and in newer versions of Asio
// already when it is cancelled before its first step (trap T7): suspend once, and only then let cancellation in.
Task<void> begin(asio::any_io_executor executor, std::shared_ptr<Running> child, Task<void> task) {
    co_await asio::post(executor, asio::use_awaitable);
    child->begin();
    co_await std::move(task);
}

}  // namespace

void log_escape(const std::string& what, const std::exception_ptr& failure) {
    if (!failure || is_cancellation(failure)) return;
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& e) {
        log_error("coroutine failed", {{"what", what}, {"error", e.what()}});
    } catch (...) {
        log_error("coroutine failed", {{"what", what}});
    }
}

struct Nursery::State {
    State(asio::any_io_executor ex, std::string label) : executor(std::move(ex)), name(std::move(label)), empty(executor) {
        empty.expires_at(asio::steady_timer::time_point::max());
    }
    asio::any_io_executor executor;
    std::string name;
    std::list<std::shared_ptr<Running>> running;
    asio::steady_timer empty;

    void ended(const std::shared_ptr<Running>& child, const std::exception_ptr& error) {
        auto done = std::exchange(child->done, nullptr);  // whoever keeps an ended child keeps nothing with it
        forget(child);
        if (done) done(error);
        else log_escape(name + ": " + child->what, error);
        if (running.empty()) empty.cancel();
    }
    void forget(const std::shared_ptr<Running>& child) {
        child->ended = true;
        running.erase(child->place);
        child->done = nullptr;
    }
};

// Hears that a coroutine has ended; or, when its loop is destroyed with it (a crash in a simulation), that it never will.
class Nursery::Ending {
public:
    Ending(std::shared_ptr<State> state, std::shared_ptr<Running> child) : state_(std::move(state)), child_(std::move(child)) {}
    Ending(Ending&&) noexcept = default;
    Ending& operator=(Ending&&) = delete;
    ~Ending() {
        if (state_) state_->forget(child_);
    }
    void operator()(const std::exception_ptr& error) {
        auto state = std::move(state_);
        state->ended(child_, error);
    }

private:
    std::shared_ptr<State> state_;
    std::shared_ptr<Running> child_;
};

Nursery::Nursery(asio::any_io_executor executor, std::string name)
    : state_(std::make_shared<State>(std::move(executor), std::move(name))) {}

Nursery::~Nursery() { assert(state_->running.empty() && "a nursery was left before its coroutines ended"); }

std::shared_ptr<Nursery::Child> Nursery::start(std::string what, Task<void> task, Done done) {
    auto child = std::make_shared<Running>(std::move(what), std::move(done));
    child->place = state_->running.insert(state_->running.end(), child);
    Ending on_end(state_, child);
    auto body = begin(state_->executor, child, std::move(task));
    asio::co_spawn(state_->executor, std::move(body), asio::bind_cancellation_slot(child->signal.slot(), std::move(on_end)));
    return child;
}

void Nursery::cancel_all(asio::cancellation_type type) {
    auto children = state_->running;  // ending ones leave the list while we walk
    for (const auto& child : children) child->cancel(type);
}

std::size_t Nursery::size() const { return state_->running.size(); }

std::vector<std::string> Nursery::names() const {
    std::vector<std::string> names;
    for (const auto& child : state_->running) names.push_back(child->what);
    return names;
}

Task<void> Nursery::wait_empty() {
    auto state = state_;
    while (!state->running.empty()) {
        boost::system::error_code ignored;
        auto token = asio::redirect_error(asio::use_awaitable, ignored);
        co_await state->empty.async_wait(token);
    }
}

const asio::any_io_executor& Nursery::executor() const { return state_->executor; }

}  // namespace lanekeeper

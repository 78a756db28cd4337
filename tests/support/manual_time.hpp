#pragma once
#include "async/time_source.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace lanekeeper {

/// Time that stands still until a test moves it. For one io_context that one thread polls: `advance_to_next` runs what
/// is ready, then jumps to the earliest deadline that an alarm waits for. Alarms fire by deadline, then in the order in
/// which their waits began, so a run is a function of its inputs. Alarms may outlive it.
class ManualTime final : public TimeSource {
public:
    explicit ManualTime(WallTime start = from_ms(1'767'225'600'000)) : state_(std::make_shared<State>()) {
        state_->start = start;
    }

    WallTime wall() const override {
        return state_->start + state_->wall_step + std::chrono::duration_cast<Millis>(state_->now - State::origin());
    }
    MonoTime mono() const override { return state_->now; }
    std::unique_ptr<Alarm> alarm(asio::any_io_executor executor) override {
        return std::make_unique<ManualAlarm>(state_, std::move(executor));
    }

    /// The earliest deadline that somebody waits for.
    std::optional<MonoTime> next() const {
        if (state_->armed.empty()) return {};
        return state_->armed.begin()->first.first;
    }

    /// Runs everything that is ready without moving time.
    static void settle(asio::io_context& context) {
        context.restart();
        context.poll();
    }

    /// Settles, jumps to the next deadline, fires what is due there, settles. False (and time stands) when nobody waits
    /// for a time.
    bool advance_to_next(asio::io_context& context) {
        settle(context);
        auto deadline = next();
        if (!deadline) return false;
        jump(*deadline);
        settle(context);
        return true;
    }

    /// Moves time by `span`, stopping at each deadline on the way.
    void advance(asio::io_context& context, Millis span) {
        auto end = state_->now + span;
        settle(context);
        for (auto deadline = next(); deadline && *deadline <= end; deadline = next()) {
            jump(*deadline);
            settle(context);
        }
        jump(end);
    }

    /// Advances until `done()`; false when `limit` of time has passed or nobody waits any more before that.
    template <class Done>
    bool run_until(asio::io_context& context, Done done, Millis limit = std::chrono::hours{24}) {
        auto end = state_->now + limit;
        settle(context);
        while (!done()) {
            auto deadline = next();
            if (!deadline || *deadline > end) return false;
            advance_to_next(context);
        }
        return true;
    }

    /// Sets the wall clock forward or back; deadlines do not notice.
    void step_wall(Millis by) { state_->wall_step += by; }

private:
    class ManualAlarm;
    using Place = std::pair<MonoTime, std::uint64_t>;

    struct State {
        static MonoTime origin() { return MonoTime{} + std::chrono::hours{1}; }
        WallTime start{};
        Millis wall_step{0};
        MonoTime now = origin();
        std::uint64_t last_wait = 0;
        std::map<Place, ManualAlarm*> armed;
    };

    // A timer that never expires parks the waiter, so that a destroyed io_context destroys its coroutine as well.
    class ManualAlarm final : public Alarm {
    public:
        ManualAlarm(std::shared_ptr<State> state, asio::any_io_executor executor)
            : state_(std::move(state)), executor_(executor), timer_(std::move(executor)) {}
        ~ManualAlarm() override { disarm(); }

        Task<void> wait_until(MonoTime deadline) override {
            if (woken_) {
                woken_ = false;
                co_return;
            }
            if (deadline <= state_->now) {
                co_await asio::post(executor_, asio::use_awaitable);
                woken_ = false;
                co_return;
            }
            boost::system::error_code error;
            arm(deadline);
            auto token = asio::redirect_error(asio::use_awaitable, error);
            co_await timer_.async_wait(token);
            disarm();
            bool asked = woken_ || fired_;
            woken_ = false;
            fired_ = false;
            if (!asked) throw boost::system::system_error(error);
        }

        void wake() override {
            woken_ = true;
            timer_.cancel();
        }

        void fire() {
            place_.reset();
            fired_ = true;
            timer_.cancel();
        }

    private:
        void arm(MonoTime deadline) {
            fired_ = false;
            timer_.expires_at(MonoTime::max());
            if (deadline == MonoTime::max()) return;
            place_ = Place{deadline, ++state_->last_wait};
            state_->armed.emplace(*place_, this);
        }
        void disarm() {
            if (place_) state_->armed.erase(*place_);
            place_.reset();
        }

        std::shared_ptr<State> state_;
        asio::any_io_executor executor_;
        asio::steady_timer timer_;
        std::optional<Place> place_;
        bool woken_ = false;
        bool fired_ = false;
    };

    void jump(MonoTime to) {
        if (to > state_->now) state_->now = to;
        while (!state_->armed.empty() && state_->armed.begin()->first.first <= state_->now) {
            auto* alarm = state_->armed.begin()->second;
            state_->armed.erase(state_->armed.begin());
            alarm->fire();
        }
    }

    std::shared_ptr<State> state_;
};

}  // namespace lanekeeper

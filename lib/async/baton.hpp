#pragma once
#include "async/task.hpp"

#include <list>
#include <memory>
#include <utility>

namespace lanekeeper {

/// One holder at a time, in the order of asking: what a strand is not across `co_await`. All use on one executor.
class Baton {
public:
    explicit Baton(asio::any_io_executor executor) : executor_(std::move(executor)) {}
    Baton(const Baton&) = delete;
    Baton& operator=(const Baton&) = delete;

    /// Passes the baton on when it dies.
    class Hold {
    public:
        Hold() = default;
        explicit Hold(Baton& baton) : baton_(&baton) {}
        Hold(Hold&& other) noexcept : baton_(std::exchange(other.baton_, nullptr)) {}
        Hold& operator=(Hold&& other) noexcept {
            std::swap(baton_, other.baton_);
            return *this;
        }
        ~Hold() {
            if (baton_) baton_->pass_on();
        }

    private:
        Baton* baton_ = nullptr;
    };

    /// Waits its turn. A cancelled waiter leaves the line.
    Task<Hold> take();

private:
    struct Waiter;
    void pass_on();

    asio::any_io_executor executor_;
    bool held_ = false;
    std::list<std::shared_ptr<Waiter>> line_;
};

}  // namespace lanekeeper

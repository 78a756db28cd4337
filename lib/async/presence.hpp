#pragma once
#include <atomic>
#include <functional>
#include <utility>

namespace lanekeeper {

/// Whether somebody still waits for an answer: a client whose connection may go away meanwhile. All members but `gone` on the
/// executor of whoever waits.
class Presence {
public:
    /// From any thread.
    bool gone() const { return gone_.load(); }

    void leave() {
        gone_ = true;
        if (on_leave_) on_leave_();
    }
    /// What `leave` calls; nothing: no one. One at a time.
    void on_leave(std::function<void()> call) { on_leave_ = std::move(call); }

private:
    std::atomic<bool> gone_{false};
    std::function<void()> on_leave_;
};

}  // namespace lanekeeper

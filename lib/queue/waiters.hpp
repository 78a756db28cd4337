#pragma once
#include "async/time_source.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace lanekeeper {

/// Who waits for a job to end. Any thread.
class TerminalWaiters {
public:
    /// Wakes once when the job ends; leaves the list when it dies.
    class Ticket {
    public:
        Ticket(TerminalWaiters& owner, std::int64_t key, asio::any_io_executor executor, TimeSource& time);
        ~Ticket();
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        /// On the executor it was made for. Returns at the deadline, or when the job ended, or `all` was called, since the ticket
        /// was made.
        Task<void> wait_until(MonoTime deadline);

    private:
        friend class TerminalWaiters;
        struct Bell;
        void ring();
        TerminalWaiters& owner_;
        std::int64_t key_;
        std::shared_ptr<Bell> bell_;
    };

    void ended(std::int64_t key);
    /// Wakes everybody: the queue stops.
    void all();

private:
    std::mutex mutex_;
    std::multimap<std::int64_t, Ticket*> tickets_;
};

}  // namespace lanekeeper

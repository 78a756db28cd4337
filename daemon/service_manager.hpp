#pragma once
#include <chrono>
#include <optional>
#include <string>

namespace lanekeeper {

/// Tells the service manager how we are, over the datagram socket it named (sd_notify(3)): by hand, since it is a dozen
/// lines. Without NOTIFY_SOCKET every call does nothing. Any thread.
class ServiceManager {
public:
    /// Reads NOTIFY_SOCKET and WATCHDOG_USEC once.
    ServiceManager();

    /// A start or a stop takes longer: not to be given up before `more` has passed, whatever the unit's timeouts say.
    void extend(std::chrono::microseconds more) const { tell("EXTEND_TIMEOUT_USEC=" + std::to_string(more.count())); }
    void ready() const { tell("READY=1"); }
    void stopping() const { tell("STOPPING=1"); }
    void alive() const { tell("WATCHDOG=1"); }
    void status(const std::string& text) const { tell("STATUS=" + text); }

    /// How often it wants to hear that we live: half of what it allows. Nothing: it does not ask.
    std::optional<std::chrono::milliseconds> watchdog_period() const { return watchdog_; }

private:
    void tell(const std::string& message) const;

    std::string socket_;
    std::optional<std::chrono::milliseconds> watchdog_;
};

}  // namespace lanekeeper

#include "daemon/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace lanekeeper {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::optional<std::chrono::milliseconds> half_of_microseconds(const std::string& text) {
    long long usec = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), usec);
    if (error != std::errc{} || end != text.data() + text.size() || usec <= 0) return {};
    return std::chrono::milliseconds{usec / 2000};
}

}  // namespace

ServiceManager::ServiceManager()
    : socket_(environment("NOTIFY_SOCKET")), watchdog_(half_of_microseconds(environment("WATCHDOG_USEC"))) {
    // The watchdog is meant for the process it names.
    auto pid = environment("WATCHDOG_PID");
    if (!pid.empty() && pid != std::to_string(::getpid())) watchdog_.reset();
}

void ServiceManager::tell(const std::string& message) const {
    sockaddr_un address{};
    if (socket_.empty() || socket_.size() >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, socket_.data(), socket_.size());
    if (socket_[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
    int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    auto length = socklen_t(offsetof(sockaddr_un, sun_path) + socket_.size());
    ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
    ::close(fd);
}

}  // namespace lanekeeper

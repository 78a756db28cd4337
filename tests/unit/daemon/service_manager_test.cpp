#include "daemon/service_manager.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace lanekeeper;
using lanekeeper::testing::TempDir;
using namespace std::chrono_literals;

namespace {

/// What a service manager sets, for the time of a test.
class Environment {
public:
    explicit Environment(const std::map<std::string, std::string>& values) {
        for (const char* name : names) ::unsetenv(name);
        for (const auto& [name, value] : values) ::setenv(name.c_str(), value.c_str(), 1);
    }
    ~Environment() {
        for (const char* name : names) ::unsetenv(name);
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    static constexpr const char* names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
};

/// The other end of NOTIFY_SOCKET. A name that begins with @ is in the abstract namespace.
class Listener {
public:
    explicit Listener(std::string name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name[0] == '@') address.sun_path[0] = '\0';
        auto length = socklen_t(offsetof(sockaddr_un, sun_path) + name.size());
        if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) != 0) throw std::runtime_error("bind " + name);
    }
    ~Listener() { ::close(fd_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// The next message that is there already; empty when there is none.
    std::string next() {
        char text[256];
        auto size = ::recv(fd_, text, sizeof text, 0);
        return size < 0 ? "" : std::string(text, std::size_t(size));
    }

private:
    int fd_;
};

std::optional<std::chrono::milliseconds> period(const std::map<std::string, std::string>& values) {
    Environment environment(values);
    return ServiceManager().watchdog_period();
}

}  // namespace

TEST_CASE("a service manager is told what it understands, in order") {
    TempDir folder;
    auto path = folder.file("notify");
    Listener listener(path);
    Environment environment({{"NOTIFY_SOCKET", path}});
    ServiceManager service;
    service.extend(60s);
    service.ready();
    service.alive();
    service.status("draining");
    service.stopping();
    CHECK(listener.next() == "EXTEND_TIMEOUT_USEC=60000000");
    CHECK(listener.next() == "READY=1");
    CHECK(listener.next() == "WATCHDOG=1");
    CHECK(listener.next() == "STATUS=draining");
    CHECK(listener.next() == "STOPPING=1");
    CHECK(listener.next().empty());
}

TEST_CASE("a socket in the abstract namespace is reached too") {
    auto name = "@lanekeeper-test-" + std::to_string(::getpid());
    Listener listener(name);
    Environment environment({{"NOTIFY_SOCKET", name}});
    ServiceManager().ready();
    CHECK(listener.next() == "READY=1");
}

TEST_CASE("without a service manager, or with one that is gone, telling does nothing") {
    for (const std::string& socket : {std::string(), std::string("/nowhere/notify"), std::string(500, 'x')}) {
        Environment environment({{"NOTIFY_SOCKET", socket}});
        ServiceManager service;
        CHECK_NOTHROW(service.ready());
        CHECK_NOTHROW(service.stopping());
    }
}

TEST_CASE("the watchdog is fed twice as often as it asks, and only by the process that it names") {
    CHECK(period({{"WATCHDOG_USEC", "30000000"}}) == 15s);
    CHECK(period({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", std::to_string(::getpid())}}) == 15s);
    CHECK_FALSE(period({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}}));
}

TEST_CASE("a watchdog that does not make sense is none") {
    for (const char* text : {"", "0", "-5", "soon", "30s", "99999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(period({{"WATCHDOG_USEC", text}}));
    }
    CHECK_FALSE(period({}));
}

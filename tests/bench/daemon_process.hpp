#pragma once
// The real daemon on a throw-away data directory, for figures.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lanekeeper::bench {

inline unsigned short free_port() {
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

class DaemonProcess {
public:
    DaemonProcess(std::string binary, std::filesystem::path data, std::map<std::string, std::string> settings)
        : port(free_port()), binary_(std::move(binary)) {
        settings["DATA_DIR"] = data.string();
        settings["PORT"] = std::to_string(port);
        settings["LOG_LEVEL"] = "warn";
        pid_ = ::fork();
        if (pid_ == 0) become(settings);
    }
    ~DaemonProcess() { stop(); }
    DaemonProcess(const DaemonProcess&) = delete;
    DaemonProcess& operator=(const DaemonProcess&) = delete;

    /// Until it accepts connections.
    void await_port() const {
        while (!reachable()) {
            if (::waitpid(pid_, nullptr, WNOHANG) == pid_) throw std::runtime_error("the daemon did not start");
            std::this_thread::yield();
            ::usleep(1000);
        }
    }

    void stop() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
        pid_ = 0;
    }

    double resident_mib() const {
        std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
        for (std::string word; status >> word;)
            if (word == "VmRSS:") {
                double kib = 0;
                status >> kib;
                return kib / 1024;
            }
        return 0;
    }

    const unsigned short port;

private:
    [[noreturn]] void become(const std::map<std::string, std::string>& settings) const {
        for (const auto& [name, value] : settings) ::setenv(name.c_str(), value.c_str(), 1);
        ::execl(binary_.c_str(), binary_.c_str(), nullptr);
        ::_exit(127);
    }

    bool reachable() const {
        int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        ::close(fd);
        return connected;
    }

    std::string binary_;
    pid_t pid_ = 0;
};

}  // namespace lanekeeper::bench

#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace lanekeeper {

/// A file descriptor with an owner.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();

    int get() const { return fd_; }
    /// Whoever calls closes it.
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_ = -1;
};

struct ChildCommand {
    std::string path;                      // of the executable
    std::vector<std::string> arguments;    // without its name
    std::vector<std::string> environment;  // NAME=value, all of it
    std::string directory;                 // where it works; empty: where we do
};

/// A child process: our ends of its three streams, and a descriptor that becomes readable when it has ended. It leads a
/// process group of its own and gets SIGKILL when the thread that started it ends, so start it from one that lives as
/// long as the process. Whoever owns a Child that has not been reaped kills it, with its group, by destroying it.
class Child {
public:
    /// Throws std::system_error when there can be no process, or the executable does not start.
    static Child start(const ChildCommand& command);

    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    ~Child();

    Descriptor input, output, errors, life;
    pid_t pid() const { return pid_; }

    /// To the whole group. Nothing happens when it is reaped.
    void signal_group(int signal) const;
    /// The status of `waitpid` once it has ended; does not wait.
    std::optional<int> reap();

private:
    Child() = default;
    pid_t pid_ = -1;
};

/// "exit 1" or "signal 9".
std::string describe_status(int status);

}  // namespace lanekeeper

#include "async/process/child.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lanekeeper {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::pair<Descriptor, Descriptor> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> list;
    for (const auto& word : words) list.push_back(const_cast<char*>(word.c_str()));
    list.push_back(nullptr);
    return list;
}

/// What the child needs, made before it exists: it may not allocate.
struct Launch {
    const char* path;
    char* const* arguments;
    char* const* environment;
    const char* directory;
    int input, output, errors, report;
    pid_t parent;
};

void report_and_leave(const Launch& launch) {
    int error = errno;
    auto written = ::write(launch.report, &error, sizeof error);
    ::_exit(written == sizeof error ? 127 : 126);
}

void restore_signals() {
    for (int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGCHLD, SIGHUP}) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// In the child, which may share our memory: system calls only.
void become(const Launch& launch) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) report_and_leave(launch);
    if (::getppid() != launch.parent) ::_exit(126);  // the parent died before we asked
    ::setpgid(0, 0);
    if (::dup2(launch.input, 0) < 0 || ::dup2(launch.output, 1) < 0 || ::dup2(launch.errors, 2) < 0) report_and_leave(launch);
    if (*launch.directory && ::chdir(launch.directory) != 0) report_and_leave(launch);
    ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    restore_signals();
    ::execve(launch.path, launch.arguments, launch.environment);
    report_and_leave(launch);
}

// The parent waits in vfork until the child has become another program: nothing is copied, and no lock that another
// thread holds is met. Apart, so that no variable of a caller lives across it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
[[gnu::noinline]] pid_t launch_child(const Launch& launch) {
    pid_t pid = ::vfork();
    if (pid == 0) become(launch);
    return pid;
}
#pragma GCC diagnostic pop

// Nothing to read: the executable runs.
void require_started(int report, pid_t pid) {
    int error = 0;
    ssize_t got = 0;
    do got = ::read(report, &error, sizeof error);
    while (got < 0 && errno == EINTR);
    if (got != sizeof error) return;
    ::waitpid(pid, nullptr, 0);
    throw std::system_error(error, std::generic_category(), "the executable does not start");
}

}  // namespace

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

Child Child::start(const ChildCommand& command) {
    auto [input_read, input_write] = make_pipe();
    auto [output_read, output_write] = make_pipe();
    auto [errors_read, errors_write] = make_pipe();
    auto [report_read, report_write] = make_pipe();
    std::vector<std::string> words{command.path};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    auto arguments = pointers(words);
    auto environment = pointers(command.environment);
    Launch launch{command.path.c_str(), arguments.data(), environment.data(), command.directory.c_str(),
                  input_read.get(), output_write.get(), errors_write.get(), report_write.get(), ::getpid()};
    pid_t pid = launch_child(launch);
    if (pid < 0) fail("vfork");
    { auto closed = std::move(report_write); }
    require_started(report_read.get(), pid);
    Child child;
    child.pid_ = pid;
    child.life = Descriptor(int(::syscall(SYS_pidfd_open, pid, 0U)));
    if (child.life.get() < 0) fail("pidfd_open");
    child.input = std::move(input_write);
    child.output = std::move(output_read);
    child.errors = std::move(errors_read);
    return child;
}

Child::Child(Child&& other) noexcept
    : input(std::move(other.input)), output(std::move(other.output)), errors(std::move(other.errors)),
      life(std::move(other.life)), pid_(std::exchange(other.pid_, -1)) {}

Child::~Child() {
    if (pid_ < 0) return;
    signal_group(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Child::signal_group(int signal) const {
    if (pid_ > 0) ::kill(-pid_, signal);
}

std::optional<int> Child::reap() {
    siginfo_t ended{};
    if (pid_ < 0 || ::waitid(P_PID, id_t(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid != pid_) return {};
    ::kill(-pid_, SIGKILL);  // what it started and left behind; its number is still taken
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return status;
}

std::string describe_status(int status) {
    if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
    return fmt::format("exit {}", WEXITSTATUS(status));
}

}  // namespace lanekeeper

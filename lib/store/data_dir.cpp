#include "store/data_dir.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lanekeeper {
namespace {

std::string system_words() { return std::system_category().message(errno); }

std::string holder(int fd) {
    char text[32] = {};
    auto length = ::pread(fd, text, sizeof text - 1, 0);
    if (length <= 0) return "another process";
    std::string_view pid(text, std::size_t(length));
    return fmt::format("process {}", pid.substr(0, pid.find('\n')));
}

}  // namespace

void make_data_dir(const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code error;
    auto parent = fs::path(path).lexically_normal().parent_path();
    if (!parent.empty()) fs::create_directories(parent, error);
    if (::mkdir(path.c_str(), 0700) == 0 || (errno == EEXIST && fs::is_directory(path, error))) {
        if (::access(path.c_str(), R_OK | W_OK | X_OK) == 0) return;
    }
    throw std::runtime_error(fmt::format("the data directory {} cannot be used: {}", path, system_words()));
}

DataDirLock::DataDirLock(const std::string& data_dir) {
    auto path = data_dir + "/lock";
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) throw std::runtime_error(fmt::format("cannot open {}: {}", path, system_words()));
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        auto what = fmt::format("the data directory {} is in use by {}", data_dir, holder(fd_));
        ::close(fd_);
        throw std::runtime_error(what);
    }
    // Only a hint for people: a full disk must not keep us from starting.
    auto pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(fd_, 0) == 0) [[maybe_unused]] auto written = ::pwrite(fd_, pid.data(), pid.size(), 0);
}

DataDirLock::~DataDirLock() { ::close(fd_); }

namespace {

class Directory {
public:
    explicit Directory(std::string path) : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        if (fd_ < 0) throw std::system_error(errno, std::system_category(), "open " + path_);
    }
    ~Directory() { ::close(fd_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    void sync() const {
        if (::fsync(fd_) != 0) throw std::system_error(errno, std::system_category(), "fsync " + path_);
    }

private:
    std::string path_;
    int fd_;
};

}  // namespace

void sync_directory(const std::string& path) { Directory(path).sync(); }

void replace_durably(const std::string& from, const std::string& to) {
    auto folder = std::filesystem::path(to).parent_path().string();
    Directory directory(folder.empty() ? "." : folder);
    std::filesystem::rename(from, to);
    directory.sync();
}

std::string move_aside(const std::string& path, const std::string& why, std::int64_t now_ms) {
    auto target = fmt::format("{}.{}-{}", path, why, now_ms);
    std::filesystem::rename(path, target);
    return target;
}

}  // namespace lanekeeper

#include "store/json/snapshot_file.hpp"

#include "base/log.hpp"
#include "store/data_dir.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace lanekeeper {
namespace {

class File {
public:
    File(std::string path, int flags) : path_(std::move(path)), fd_(::open(path_.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    bool is_open() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    [[noreturn]] void fail(const char* doing) const {
        throw std::system_error(errno, std::system_category(), fmt::format("{} {}", doing, path_));
    }
    void write(std::string_view text) {
        while (!text.empty()) {
            auto count = ::write(fd_, text.data(), text.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) fail("write");
            text.remove_prefix(std::size_t(count));
        }
    }

private:
    std::string path_;
    int fd_;
};

void write_durably(const std::string& path, const std::string& text) {
    File file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.is_open()) file.fail("open");
    file.write(text);
    if (::fsync(file.fd()) != 0) file.fail("fsync");
}

std::string keep_unreadable(const std::string& path, const Snapshot& snapshot, WallTime now) {
    auto target = fmt::format("{}.unreadable-{}", path, to_ms(now));
    std::string text;
    for (const auto& item : snapshot.unreadable) text += json::serialize(item) + "\n";
    write_durably(target, text);
    log_error("records set aside", {{"path", path}, {"count", snapshot.unreadable.size()}, {"movedTo", target}});
    return fmt::format("{} unreadable records of {} are now in {}", snapshot.unreadable.size(), path, target);
}

}  // namespace

std::optional<std::string> read_whole_file(const std::string& path) {
    File file(path, O_RDONLY);
    if (!file.is_open() && errno == ENOENT) return {};
    if (!file.is_open()) file.fail("open");
    std::string text;
    std::string piece(1 << 16, '\0');
    for (;;) {
        auto count = ::read(file.fd(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) file.fail("read");
        if (count == 0) return text;
        text.append(piece, 0, std::size_t(count));
    }
}

void replace_file(const std::string& path, const std::string& text) {
    auto temporary = path + ".tmp";
    try {
        write_durably(temporary, text);
    } catch (...) {
        ::unlink(temporary.c_str());  // room for the next attempt
        throw;
    }
    replace_durably(temporary, path);
}

FoundSnapshot find_snapshot(const std::string& path, WallTime now) {
    FoundSnapshot found;
    auto text = read_whole_file(path);
    if (!text) return found;
    try {
        found.snapshot = parse_snapshot(*text, path);
        if (!found.snapshot->unreadable.empty()) found.notice = keep_unreadable(path, *found.snapshot, now);
    } catch (const UnsoundSnapshot& e) {
        auto target = move_aside(path, "corrupt", to_ms(now));
        log_error("snapshot set aside", {{"path", path}, {"movedTo", target}, {"why", e.what()}});
        found.notice = fmt::format("{} could not be read ({}); it is now {}, and the store started empty", path, e.what(), target);
    }
    return found;
}

}  // namespace lanekeeper

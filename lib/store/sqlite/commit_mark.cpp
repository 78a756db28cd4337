#include "store/sqlite/commit_mark.hpp"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace lanekeeper::sqlite {
namespace {

// "<epoch> <commits, 20 digits>\n": of one length, so that no write leaves a tail of another.
std::optional<std::int64_t> read_mark(int fd, std::string_view epoch) {
    char text[128];
    auto length = ::pread(fd, text, sizeof text, 0);
    std::string_view line(text, length > 0 ? std::size_t(length) : 0);
    if (!line.starts_with(epoch) || line.size() < epoch.size() + 2) return {};
    line.remove_prefix(epoch.size() + 1);
    std::int64_t commits = 0;
    auto parsed = std::from_chars(line.data(), line.data() + line.size(), commits);
    if (parsed.ec != std::errc()) return {};
    return commits;
}

}  // namespace

CommitMark::CommitMark(std::string path, std::string epoch) : epoch_(std::move(epoch)) {
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ >= 0) found_ = read_mark(fd_, epoch_);
}

CommitMark::~CommitMark() {
    if (fd_ >= 0) ::close(fd_);
}

void CommitMark::write(std::int64_t commits) {
    if (fd_ < 0) return;
    auto line = fmt::format("{} {:020}\n", epoch_, commits);
    [[maybe_unused]] auto written = ::pwrite(fd_, line.data(), line.size(), 0);
}

}  // namespace lanekeeper::sqlite

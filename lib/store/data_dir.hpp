#pragma once
#include <cstdint>
#include <string>

namespace lanekeeper {

/// Makes the directory (mode 0700, parents too) when it is missing. Throws `std::runtime_error` naming it when it cannot
/// be used.
void make_data_dir(const std::string& path);

/// Holds a data directory for this process, by a lock on the file `lock` in it that the kernel drops when we end.
/// Throws `std::runtime_error` when another process holds it, naming that process if it can.
class DataDirLock {
public:
    explicit DataDirLock(const std::string& data_dir);
    ~DataDirLock();
    DataDirLock(const DataDirLock&) = delete;
    DataDirLock& operator=(const DataDirLock&) = delete;

private:
    int fd_ = -1;
};

/// Makes a directory's entries (a new or renamed file) durable. Throws `std::system_error`.
void sync_directory(const std::string& path);

/// Puts one file in the place of another, durably. What can fail before the names change does so before: no handle left,
/// say. Throws std::system_error.
void replace_durably(const std::string& from, const std::string& to);

/// Moves a file beside itself as `<name>.<why>-<ms>` and returns the new path. Throws `std::system_error`.
std::string move_aside(const std::string& path, const std::string& why, std::int64_t now_ms);

}  // namespace lanekeeper

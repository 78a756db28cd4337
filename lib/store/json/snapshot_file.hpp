#pragma once
#include "base/time.hpp"
#include "store/json/snapshot.hpp"

#include <optional>
#include <string>

namespace lanekeeper {

/// The file's text; nothing when there is no file. Throws `std::system_error` when it cannot be read.
std::optional<std::string> read_whole_file(const std::string& path);

/// Replaces the file so that a crash leaves the old or the new, and the new is durable on return: temporary file, fsync,
/// rename, fsync of the folder. Throws `std::system_error`; the old file is as it was then (but for a failed sync of the
/// folder, after which either may be found).
void replace_file(const std::string& path, const std::string& text);

struct FoundSnapshot {
    std::optional<Snapshot> snapshot;
    std::string notice;  // for people: what was set aside
};

/// Reads a snapshot. A file that is none is moved aside as `<name>.corrupt-<ms>`; single jobs and records that cannot be
/// read are written to `<name>.unreadable-<ms>`. Both are logged as errors. Throws on a newer version.
FoundSnapshot find_snapshot(const std::string& path, WallTime now);

}  // namespace lanekeeper

#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace lanekeeper::sqlite {

/// A small file beside the database that says how many commits it has seen. It is written after each commit without a
/// sync of its own, so it is never ahead of what was on disk, unless the database lost something: damaged bytes in a WAL
/// make SQLite drop committed transactions without a word.
class CommitMark {
public:
    CommitMark(std::string path, std::string epoch);
    ~CommitMark();
    CommitMark(const CommitMark&) = delete;
    CommitMark& operator=(const CommitMark&) = delete;

    /// The number that the file had for this epoch when it was opened.
    std::optional<std::int64_t> found() const { return found_; }
    /// Speaks of another epoch from the next `write` on.
    void follow(std::string epoch) { epoch_ = std::move(epoch); }
    /// Failure is not an error: the file is a witness, not a record.
    void write(std::int64_t commits);

private:
    std::string epoch_;
    int fd_ = -1;
    std::optional<std::int64_t> found_;
};

}  // namespace lanekeeper::sqlite

#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace lanekeeper::builtin {

/// Things in added text that a reviewer wants to be told about.
enum class SignalKind {
    conflict,     ///< a merge conflict was left in
    secret,       ///< looks like a credential
    destructive,  ///< deletes data
    command,      ///< runs commands or code from strings
    skipped_test,
    swallowed,   ///< catches everything
    suppressed,  ///< silences a check
    unsafe,
    debugging,
    todo,
};
inline constexpr std::size_t signal_kinds = 10;

struct Signal {
    SignalKind kind;
    std::string_view marker;  ///< as it stands in the text
    std::size_t count = 0;
};

/// Collects signals from added lines. One pass over each line; the first marker of each kind is kept.
class SignalFinder {
public:
    explicit SignalFinder(bool prose);  ///< prose: only conflicts, credentials and notes-to-self count

    void read(std::string_view line);

    /// In the order of SignalKind, only those seen.
    std::vector<Signal> found() const;

private:
    void note(SignalKind kind, std::string_view marker);

    bool prose_;
    std::array<Signal, signal_kinds> seen_;
};

}  // namespace lanekeeper::builtin

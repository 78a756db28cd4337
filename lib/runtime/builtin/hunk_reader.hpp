#pragma once

#include <cstddef>
#include <string_view>

namespace lanekeeper::builtin {

/// Hears the lines of a diff in order. Views point into the diff and carry no line end.
class DiffListener {
public:
    virtual ~DiffListener() = default;

    /// A hunk begins; `context` is what stands behind the second "@@", possibly empty.
    virtual void on_hunk(std::string_view context) = 0;

    /// `sign` is '+', '-' or ' '.
    virtual void on_line(char sign, std::string_view text) = 0;
};

/// What a diff says besides its lines.
struct DiffNotes {
    std::string_view renamed_from;  ///< from "rename from", else empty
    std::string_view renamed_to;
    std::size_t hunks = 0;
    bool added = false;  ///< "new file mode", or an old name of /dev/null
    bool deleted = false;
    bool binary = false;
    bool mode_changed = false;
    bool malformed = false;  ///< a hunk did not hold what its header promised, or nothing in it was a diff
    bool cut_short = false;  ///< the text ended inside a hunk
};

/// Reads unified hunks, with or without file headers, and forgives: hunk headers without numbers, hunks that are
/// longer or shorter than they say, CRLF, "\ No newline at end of file", binary notices, mail signatures, other
/// text in between. Never fails; reads every byte once.
DiffNotes read_hunks(std::string_view diff, DiffListener& listener);

}  // namespace lanekeeper::builtin

#pragma once

#include <string>

namespace lanekeeper::builtin {

/// One changed file as a runtime reports it.
struct FileChange {
    std::string path;
    std::string kind;       ///< "add", "update" or "delete"; anything else is read as an update
    std::string move_path;  ///< the new path of a renamed file, else empty
    std::string diff;       ///< add, delete: the text of the file; update: unified hunks, with or without file headers
};

}  // namespace lanekeeper::builtin

#pragma once
// Private to the settings sources: the KEY=value form of --config FILE.
#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

struct Assignment {
    std::string name;
    std::string value;
    int line = 0;
};

/// The assignments of a file, in its order. Blank lines and lines that begin with # are skipped. A value is bare (up to
/// " #" or the end of the line, without the spaces around it), 'literal', or "quoted", where \" \\ \n stand for
/// themselves. What is not of this form becomes an issue that names the line.
std::vector<Assignment> read_assignments(std::string_view text, std::vector<Issue>& issues);

}  // namespace lanekeeper

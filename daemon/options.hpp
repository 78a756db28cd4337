#pragma once
#include "base/error.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// What the command line says.
struct Options {
    enum class Action { run, check_config, print_config, version, help };
    Action action = Action::run;
    std::optional<std::string> config_file;
};

/// Problem `invalid_option` names the word that is not understood.
Result<Options> read_options(const std::vector<std::string>& words);

std::string usage();

}  // namespace lanekeeper

#include "daemon/options.hpp"

namespace lanekeeper {

std::string usage() {
    return "usage: lanekeeperd [--config FILE] [--check-config | --print-config | --version | --help]\n"
           "\n"
           "  --config FILE    settings as NAME=value lines; the environment wins over them\n"
           "  --check-config   read the settings, say what is wrong with them, and end\n"
           "  --print-config   print every setting as it would be used, secrets masked, and end\n"
           "  --version        print the version and end\n";
}

Result<Options> read_options(const std::vector<std::string>& words) {
    Options options;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (word == "--config") {
            if (++i == words.size()) return Problem("invalid_option", "--config needs a file");
            options.config_file = words[i];
        } else if (word == "--check-config") options.action = Options::Action::check_config;
        else if (word == "--print-config") options.action = Options::Action::print_config;
        else if (word == "--version") options.action = Options::Action::version;
        else if (word == "--help" || word == "-h") options.action = Options::Action::help;
        else return Problem("invalid_option", "unknown option " + word);
    }
    return options;
}

}  // namespace lanekeeper

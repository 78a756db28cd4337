#include "async/process/find_program.hpp"

#include <sstream>

#include <unistd.h>

namespace lanekeeper {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::optional<fs::path> find_program(const std::string& name, const std::string& search_path) {
    if (name.find('/') != std::string::npos) {
        if (is_executable(name)) return fs::path(name);
        return {};
    }
    std::istringstream folders(search_path);
    for (std::string folder; std::getline(folders, folder, ':');)
        if (!folder.empty() && is_executable(fs::path(folder) / name)) return fs::path(folder) / name;
    return {};
}

}  // namespace lanekeeper

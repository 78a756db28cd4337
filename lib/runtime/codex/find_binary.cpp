#include "runtime/codex/find_binary.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace lanekeeper::codex {
namespace {

namespace fs = std::filesystem;

#if defined(__aarch64__)
constexpr const char* platform_package = "codex-linux-arm64";
constexpr const char* triple = "aarch64-unknown-linux-musl";
#else
constexpr const char* platform_package = "codex-linux-x64";
constexpr const char* triple = "x86_64-unknown-linux-musl";
#endif

bool is_executable(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<fs::path> look_up(const std::string& name, const std::string& search_path) {
    if (name.find('/') != std::string::npos) {
        if (is_executable(name)) return fs::path(name);
        return {};
    }
    std::istringstream folders(search_path);
    for (std::string folder; std::getline(folders, folder, ':');)
        if (!folder.empty() && is_executable(fs::path(folder) / name)) return fs::path(folder) / name;
    return {};
}

bool is_script(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    char start[2] = {};
    file.read(start, sizeof start);
    return start[0] == '#' && start[1] == '!';
}

// …/@openai/codex/bin/codex.js: the platform's package is a sibling of `codex`, or below its own node_modules, and very
// old ones kept the binary themselves.
std::optional<fs::path> native_beside(const fs::path& launcher) {
    auto package = launcher.parent_path().parent_path();
    auto inside = fs::path("vendor") / triple / "bin" / "codex";
    for (const auto& root : {package.parent_path() / platform_package, package / "node_modules" / "@openai" / platform_package, package})
        if (is_executable(root / inside)) return root / inside;
    return {};
}

}  // namespace

std::optional<std::string> find_codex(const std::string& name, const std::string& search_path) {
    auto found = look_up(name, search_path);
    if (!found) return {};
    std::error_code error;
    auto real = fs::canonical(*found, error);
    if (error) return {};
    if (!is_script(real)) return real.string();
    auto native = native_beside(real);
    return native ? native->string() : real.string();
}

}  // namespace lanekeeper::codex

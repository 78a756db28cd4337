#include "runtime/codex/find_binary.hpp"

#include "async/process/find_program.hpp"

#include <filesystem>
#include <fstream>

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
        if (find_program((root / inside).string(), "")) return root / inside;
    return {};
}

}  // namespace

std::optional<std::string> find_codex(const std::string& name, const std::string& search_path) {
    auto found = find_program(name, search_path);
    if (!found) return {};
    std::error_code error;
    auto real = fs::canonical(*found, error);
    if (error) return {};
    if (!is_script(real)) return real.string();
    auto native = native_beside(real);
    return native ? native->string() : real.string();
}

}  // namespace lanekeeper::codex

#include "runtime/codex/child_environment.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace lanekeeper::codex {
namespace {

constexpr std::array<std::string_view, 21> passed_on = {
    "PATH",        "HOME",        "USER",     "LOGNAME",       "SHELL",        "LANG",          "LANGUAGE",   "TZ",
    "TMPDIR",      "HTTP_PROXY",  "HTTPS_PROXY", "ALL_PROXY",  "NO_PROXY",     "http_proxy",    "https_proxy", "all_proxy",
    "no_proxy",    "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"};

bool may_know(std::string_view name) {
    return name.starts_with("LC_") || std::find(passed_on.begin(), passed_on.end(), name) != passed_on.end();
}

}  // namespace

std::vector<std::string> child_environment(const std::vector<std::string>& ours, const std::string& codex_home,
                                           const std::string& api_key) {
    std::vector<std::string> theirs;
    for (const auto& entry : ours)
        if (may_know(std::string_view(entry).substr(0, entry.find('=')))) theirs.push_back(entry);
    if (!codex_home.empty()) theirs.push_back("CODEX_HOME=" + codex_home);
    if (!api_key.empty()) theirs.push_back("OPENAI_API_KEY=" + api_key);
    return theirs;
}

}  // namespace lanekeeper::codex

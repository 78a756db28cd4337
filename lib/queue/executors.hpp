#pragma once
#include "base/http_url.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

// Executors that an administrator declares in LANEKEEPER_EXECUTORS_FILE (jobs-family.md, Submit): what runs jobs without a
// definition of its own in this program. Read once at start.

/// A command, run without a shell.
struct ExecExecutor {
    ExecExecutor() = default;
    std::vector<std::string> argv;  // its first: an absolute path, or a name to be found along PATH
    std::optional<Millis> timeout;  // of an attempt; nothing: as for any job
    std::size_t max_output = limits::job_result;
};

/// A URL that jobs are posted to.
struct HttpExecutor {
    HttpExecutor() = default;
    HttpUrl url;
    std::optional<Millis> timeout;
    std::size_t max_response = limits::job_result;
};

/// Each by its name: [A-Za-z0-9_-]{1,64}.
struct ExecutorsConfig {
    std::map<std::string, ExecExecutor> exec;
    std::map<std::string, HttpExecutor> http;
    std::map<std::string, std::vector<std::string>> workers;  // the types that are external: workers claim their jobs

    /// The name of the declaration that makes this type external; null: none does.
    const std::string* worker_of(std::string_view type) const;
};

/// Throws std::invalid_argument that names executor, member and rule. Unknown members are errors: a person wrote them.
/// `job_types`: the registered ones, which can be neither an executor's name nor external.
ExecutorsConfig parse_executors(std::string_view text, const std::vector<std::string>& job_types);

/// Nothing is declared where `path` is empty. Throws std::runtime_error that names the file too.
ExecutorsConfig load_executors(const std::string& path, const std::vector<std::string>& job_types);

}  // namespace lanekeeper

#pragma once
#include "base/json.hpp"

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

// Two kinds of failure, and call sites tell them apart by type:
// - the request cannot be granted: a `Problem`, returned in a `Result<T>`; nothing was changed;
// - the machinery failed (disk, child process): an exception below. Nobody but the runner and the HTTP session catches.

/// One thing wrong with an input, named by its path: {code, path, message} of api.md 1.
struct Issue {
    Issue() = default;
    Issue(std::string code_, json::array path_, std::string message_)
        : code(std::move(code_)), path(std::move(path_)), message(std::move(message_)) {}
    std::string code;     // invalid_type, required, unknown_field, too_small, too_big, invalid_value …
    json::array path;     // member names and array indexes from the root
    std::string message;  // a sentence that names the rule
};

/// Why a request was refused. `code` is the stable word of api.md 1, `message` is for people.
struct Problem {
    Problem() = default;
    Problem(std::string code_, std::string message_) : code(std::move(code_)), message(std::move(message_)) {}
    Problem(std::string code_, std::string message_, json::object details_)
        : code(std::move(code_)), message(std::move(message_)), details(std::move(details_)) {}
    std::string code;
    std::string message;
    json::object details;        // further members of the reply, e.g. {scope, limit, depth}
    std::vector<Issue> issues;   // for invalid_request
};

template <class T>
using Result = boost::system::result<T, Problem>;

/// A `Problem` that turned out to be nobody's to handle: thrown by `Result::value()`.
class UnhandledProblem : public std::runtime_error {
public:
    explicit UnhandledProblem(Problem problem)
        : std::runtime_error(problem.code + ": " + problem.message), problem_(std::move(problem)) {}
    const Problem& problem() const { return problem_; }

private:
    Problem problem_;
};

[[noreturn]] inline void throw_exception_from_error(const Problem& problem, const boost::source_location&) {
    throw UnhandledProblem(problem);
}

/// The store cannot commit or read now (full disk, I/O error, closed). What was asked did not happen.
class StorageUnavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The agent runtime is not there (dead, restarting, not started). May be asked again after `retry_after_ms`.
class RuntimeUnavailable : public std::runtime_error {
public:
    explicit RuntimeUnavailable(const std::string& what, int retry_after = 1000)
        : std::runtime_error(what), retry_after_ms(retry_after) {}
    int retry_after_ms;
};

/// The runtime understood and refused: `code` is a word of api.md 1 (invalid_params, invalid_state, method_not_supported …).
class RuntimeRefusal : public std::runtime_error {
public:
    RuntimeRefusal(std::string code_, const std::string& what) : std::runtime_error(what), code(std::move(code_)) {}
    std::string code;
};

}  // namespace lanekeeper

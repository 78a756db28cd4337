#include "queue/executors.hpp"

#include "base/issue_path.hpp"
#include "base/json_read.hpp"
#include "base/members.hpp"
#include "base/schema.hpp"
#include "base/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace lanekeeper {
namespace {

constexpr std::int64_t longest_ms = 31'536'000'000;
constexpr std::int64_t most_bytes = 64 * limits::mib;
constexpr std::size_t most_words = 1000;
constexpr std::size_t longest_word = 32 * limits::kib;

/// A mistake in one declaration.
[[noreturn]] void refuse(const std::string& name, const std::string& rule) {
    throw std::invalid_argument(fmt::format("executor \"{}\": {}", name, rule));
}

Schema kind_schema() {
    return Schema::open_object({required("kind", Schema::word({"exec", "http", "worker"}))});
}

Schema exec_schema() {
    return Schema::object({
        required("kind", Schema::word({"exec"})),
        required("argv", Schema::array(Schema::string(0, longest_word), 1, most_words)),
        optional_field("timeoutMs", Schema::integer(1, longest_ms)),
        optional_field("maxOutputBytes", Schema::integer(1, most_bytes)),
    });
}

Schema http_schema() {
    return Schema::object({
        required("kind", Schema::word({"http"})),
        required("url", Schema::line(1, limits::request_target)),
        optional_field("timeoutMs", Schema::integer(1, longest_ms)),
        optional_field("maxResponseBytes", Schema::integer(1, most_bytes)),
    });
}

Schema worker_schema() {
    return Schema::object({
        required("kind", Schema::word({"worker"})),
        required("types", Schema::array(Schema::line(1, 128), 1, most_words)),
    });
}

const json::object& fitting(const std::string& name, const json::value& value, const Schema& schema) {
    auto issues = schema.check(value);
    if (issues.empty()) return value.get_object();
    auto where = path_text(issues.front().path);
    refuse(name, (where.empty() ? "its declaration" : where) + " " + issues.front().message);
}

std::optional<Millis> timeout_of(const json::object& from) {
    if (!from.contains("timeoutMs")) return {};
    return Millis(members::integer(from, "timeoutMs"));
}

std::size_t bytes_of(const json::object& from, const char* member, std::size_t otherwise) {
    return from.contains(member) ? std::size_t(members::integer(from, member)) : otherwise;
}

ExecExecutor read_exec(const std::string& name, const json::object& from) {
    ExecExecutor exec;
    for (const auto& word : *members::array(from, "argv")) {
        if (std::string_view(word.get_string()).find('\0') != std::string_view::npos)
            refuse(name, fmt::format("argv[{}] must not contain U+0000", exec.argv.size()));
        exec.argv.emplace_back(word.get_string());
    }
    const auto& program = exec.argv.front();
    bool bare = program.find('/') == program.npos;
    if (program.empty() || (!bare && !program.starts_with('/')))
        refuse(name, "argv[0] must be an absolute path, or a name without / that is found along PATH");
    exec.timeout = timeout_of(from);
    exec.max_output = bytes_of(from, "maxOutputBytes", exec.max_output);
    return exec;
}

HttpExecutor read_http(const std::string& name, const json::object& from) {
    HttpExecutor http;
    auto url = read_http_url(members::text(from, "url"));
    if (!url) refuse(name, "url " + url.error().message);
    http.url = *url;
    http.timeout = timeout_of(from);
    http.max_response = bytes_of(from, "maxResponseBytes", http.max_response);
    return http;
}

/// The declarations read so far, and what they may not be called.
class Reader {
public:
    explicit Reader(const std::vector<std::string>& job_types) : job_types_(job_types) {}

    void take(const std::string& name, const json::value& value) {
        static const Schema kinds = kind_schema(), exec = exec_schema(), http = http_schema(), worker = worker_schema();
        check_name(name);
        auto kind = members::text(fitting(name, value, kinds), "kind");
        if (kind == "exec") config_.exec[name] = read_exec(name, fitting(name, value, exec));
        if (kind == "http") config_.http[name] = read_http(name, fitting(name, value, http));
        if (kind == "worker") take_types(name, fitting(name, value, worker));
    }
    ExecutorsConfig config() && { return std::move(config_); }

private:
    bool registered(const std::string& word) const { return std::find(job_types_.begin(), job_types_.end(), word) != job_types_.end(); }

    void check_name(const std::string& name) const {
        constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
        if (name.empty() || name.size() > 64 || name.find_first_not_of(letters) != name.npos)
            refuse(name, "its name must be 1 to 64 of A-Z a-z 0-9 _ -");
        if (name == "prompt" || name == "worker") refuse(name, "its name must not be prompt or worker, which exist");
        if (registered(name)) refuse(name, "its name must not be that of a registered job type");
    }

    void take_types(const std::string& name, const json::object& from) {
        std::vector<std::string> types;
        for (const auto& member : *members::array(from, "types")) {
            std::string type(member.get_string());
            auto where = fmt::format("types[{}]: {} ", types.size(), type);
            if (registered(type)) refuse(name, where + "is a registered job type and runs here");
            const auto* other = config_.worker_of(type);
            if (other) refuse(name, where + "must be declared once; \"" + *other + "\" has it already");
            if (std::find(types.begin(), types.end(), type) != types.end()) refuse(name, where + "must stand there once");
            types.push_back(std::move(type));
        }
        config_.workers[name] = std::move(types);
    }

    const std::vector<std::string>& job_types_;
    ExecutorsConfig config_;
};

}  // namespace

const std::string* ExecutorsConfig::worker_of(std::string_view type) const {
    for (const auto& [name, types] : workers)
        if (std::find(types.begin(), types.end(), type) != types.end()) return &name;
    return nullptr;
}

ExecutorsConfig parse_executors(std::string_view text, const std::vector<std::string>& job_types) {
    auto value = read_json(text);
    if (!value) throw std::invalid_argument(value.error().message);
    const auto* declared = value->if_object();
    if (!declared) throw std::invalid_argument("the file must be a JSON object of executors by name");
    Reader reader(job_types);
    for (const auto& [name, declaration] : *declared) reader.take(std::string(name), declaration);
    return std::move(reader).config();
}

ExecutorsConfig load_executors(const std::string& path, const std::vector<std::string>& job_types) {
    if (path.empty()) return {};
    try {
        return parse_executors(read_text_file(path), job_types);
    } catch (const std::invalid_argument& error) {
        throw std::runtime_error(fmt::format("LANEKEEPER_EXECUTORS_FILE: {}: {}", path, error.what()));
    }
}

}  // namespace lanekeeper

#include "base/settings_row.hpp"

#include "base/settings_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <unistd.h>

namespace lanekeeper {
namespace {

constexpr std::string_view mask = "********";

// Names that build and tests use beside the daemon; they may stand in an environment that it inherits.
constexpr std::array<std::string_view, 3> not_ours = {"LANEKEEPER_CXX", "LANEKEEPER_KILLS", "LANEKEEPER_SEED_SHARE"};

std::string canonical(const std::string& name) {
    return name == "ORCHESTRATOR_SUGGEST_REQUEST_ENABLED" ? "ORCHESTRATOR_SUGGEST_REPLY_ENABLED" : name;
}

const SettingRow* find_row(const std::string& name) {
    const auto& table = settings_table();
    auto found = std::find_if(table.begin(), table.end(), [&](const SettingRow& row) { return row.name == name; });
    return found == table.end() ? nullptr : &*found;
}

bool claims_to_be_ours(std::string_view name) {
    if (std::find(not_ours.begin(), not_ours.end(), name) != not_ours.end()) return false;
    return name.starts_with("ORCHESTRATOR_") || name.starts_with("JOB_") || name.starts_with("LANEKEEPER_");
}

struct Reader {
    Settings settings;
    std::vector<Issue> issues;

    void refuse(const std::string& name, std::string sentence) {
        issues.emplace_back("invalid_setting", json::array{json::value(name)}, std::move(sentence));
    }

    void take(const SettingRow& row, const std::string& value) {
        if (row.parse(settings, value)) return;
        refuse(row.name,
               fmt::format("{}=\"{}\" must be {}", row.name, row.secret ? mask : std::string_view(value), row.rule));
    }

    // What the environment sets is not read from the file at all, so that a bad line there can be overridden.
    void take_file(const std::vector<Assignment>& lines, const Environment& environment) {
        Environment seen;
        for (const auto& [name, value, line] : lines) {
            auto real = canonical(name);
            const auto* row = find_row(real);
            if (!row) refuse(name, fmt::format("{} (line {} of the file) is not a known setting", name, line));
            else if (!seen.emplace(real, value).second)
                refuse(name, fmt::format("{} (line {} of the file) is set twice", name, line));
            else if (!environment.contains(real)) take(*row, value);
        }
    }

    void take_environment(const Environment& environment) {
        for (const auto& [name, value] : environment) {
            if (const auto* row = find_row(name)) take(*row, value);
            else if (claims_to_be_ours(name))
                refuse(name, fmt::format("{} (from the environment) is not a known setting", name));
        }
    }

    void check_relations() {
        if (issues.empty()) issues = broken_relations(settings);
    }
};

// Under their one name. Two names of one setting must agree.
Environment with_canonical_names(const Environment& environment, Reader& reader) {
    Environment result;
    for (const auto& [name, value] : environment) {
        auto [known, fresh] = result.emplace(canonical(name), value);
        if (!fresh && known->second != value)
            reader.refuse(name, fmt::format("{} contradicts {}", name, canonical(name)));
    }
    return result;
}

Problem all_in_one(std::vector<Issue> issues) {
    std::vector<std::string> sentences;
    for (const auto& issue : issues) sentences.push_back(issue.message);
    Problem problem("invalid_setting", fmt::format("{}", fmt::join(sentences, "\n")));
    problem.issues = std::move(issues);
    return problem;
}

std::string as_file_value(const std::string& value) {
    if (value.find_first_of(" \t#'\"\\") == value.npos) return value;
    std::string quoted = "\"";
    for (char c : value) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

}  // namespace

Environment process_environment() {
    Environment result;
    for (char** entry = environ; entry && *entry; ++entry) {
        std::string_view text(*entry);
        auto equals = text.find('=');
        if (equals != text.npos) result.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return result;
}

Result<Settings> read_settings(const Environment& environment, const std::optional<std::string>& file) {
    Reader reader;
    auto ours = with_canonical_names(environment, reader);
    if (file) {
        auto lines = read_assignments(*file, reader.issues);
        reader.take_file(lines, ours);
    }
    reader.take_environment(ours);
    reader.check_relations();
    if (!reader.issues.empty()) return all_in_one(std::move(reader.issues));
    return std::move(reader.settings);
}

std::string print_settings(const Settings& settings) {
    std::string text;
    for (const auto& row : settings_table()) {
        auto value = row.print(settings);
        bool hidden = row.secret && !value.empty();
        text += fmt::format("{}={}\n", row.name, hidden ? std::string(mask) : as_file_value(value));
    }
    return text;
}

std::vector<SettingDoc> document_settings() {
    std::vector<SettingDoc> docs;
    for (const auto& row : settings_table())
        docs.push_back({row.name, row.print(Settings{}), row.rule, row.meaning, row.secret});
    return docs;
}

}  // namespace lanekeeper

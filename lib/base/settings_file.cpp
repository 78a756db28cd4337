#include "base/settings_file.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <optional>

namespace lanekeeper {
namespace {

constexpr std::string_view line_blanks = " \t\r";

bool is_name(std::string_view text) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    return !text.empty() && text.find_first_not_of(letters) == text.npos;
}

bool ends_here(std::string_view rest) {
    rest = trimmed(rest);
    return rest.empty() || rest.starts_with('#');
}

std::string bare(std::string_view text) {
    for (std::size_t at = text.find('#'); at != text.npos; at = text.find('#', at + 1))
        if (at == 0 || line_blanks.find(text[at - 1]) != line_blanks.npos) return std::string(trimmed(text.substr(0, at)));
    return std::string(text);
}

// Nothing if the quote is not closed, or something follows it.
std::optional<std::string> unquoted(std::string_view text) {
    const char quote = text.front();
    std::string value;
    for (std::size_t at = 1; at < text.size(); ++at) {
        char c = text[at];
        if (c == quote) return ends_here(text.substr(at + 1)) ? std::optional(value) : std::nullopt;
        bool escape = c == '\\' && quote == '"' && at + 1 < text.size();
        if (escape) c = text[++at] == 'n' ? '\n' : text[at];
        value += c;
    }
    return {};
}

std::optional<std::string> read_value(std::string_view text) {
    bool opens = text.starts_with('"') || text.starts_with('\'');
    return opens ? unquoted(text) : bare(text);
}

}  // namespace

std::vector<Assignment> read_assignments(std::string_view text, std::vector<Issue>& issues) {
    std::vector<Assignment> found;
    for (int number = 1; !text.empty(); ++number) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        line = trimmed(line);
        if (line.empty() || line.starts_with('#')) continue;
        auto equals = line.find('=');
        auto name = trimmed(line.substr(0, equals));
        auto value = equals == line.npos ? std::nullopt : read_value(trimmed(line.substr(equals + 1)));
        if (value && is_name(name)) found.push_back({std::string(name), *value, number});
        // The text of the line stays out of the message: it may hold a secret.
        else
            issues.emplace_back("invalid_setting", json::array{number},
                                fmt::format("line {} of the file is not of the form NAME=value", number));
    }
    return found;
}

}  // namespace lanekeeper

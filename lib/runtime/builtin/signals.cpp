#include "runtime/builtin/signals.hpp"

#include "runtime/builtin/text.hpp"

#include <algorithm>

namespace lanekeeper::builtin {

namespace {

struct Marker {
    std::string_view text;
    SignalKind kind;
};

// Each begins where a word begins (or with a sign) and is compared as it stands.
constexpr std::array markers{
    Marker{"TODO", SignalKind::todo},
    Marker{"FIXME", SignalKind::todo},
    Marker{"XXX", SignalKind::todo},
    Marker{"HACK", SignalKind::todo},
    Marker{"PRIVATE KEY-----", SignalKind::secret},
    Marker{"DROP TABLE", SignalKind::destructive},
    Marker{"DROP COLUMN", SignalKind::destructive},
    Marker{"drop table", SignalKind::destructive},
    Marker{"drop column", SignalKind::destructive},
    Marker{"DELETE FROM", SignalKind::destructive},
    Marker{"TRUNCATE TABLE", SignalKind::destructive},
    Marker{"rm -rf", SignalKind::destructive},
    Marker{"os.system(", SignalKind::command},
    Marker{"shell=True", SignalKind::command},
    Marker{"eval(", SignalKind::command},
    Marker{"popen(", SignalKind::command},
    Marker{"child_process", SignalKind::command},
    Marker{"it.skip(", SignalKind::skipped_test},
    Marker{"test.skip(", SignalKind::skipped_test},
    Marker{"describe.skip(", SignalKind::skipped_test},
    Marker{"it.only(", SignalKind::skipped_test},
    Marker{"describe.only(", SignalKind::skipped_test},
    Marker{"t.Skip(", SignalKind::skipped_test},
    Marker{"#[ignore]", SignalKind::skipped_test},
    Marker{"@Disabled", SignalKind::skipped_test},
    Marker{"@pytest.mark.skip", SignalKind::skipped_test},
    Marker{"@unittest.skip", SignalKind::skipped_test},
    Marker{"DISABLED_", SignalKind::skipped_test},
    Marker{"except:", SignalKind::swallowed},
    Marker{"except Exception:", SignalKind::swallowed},
    Marker{"catch (...)", SignalKind::swallowed},
    Marker{"catch(...)", SignalKind::swallowed},
    Marker{"|| true", SignalKind::swallowed},
    Marker{"NOLINT", SignalKind::suppressed},
    Marker{"eslint-disable", SignalKind::suppressed},
    Marker{"type: ignore", SignalKind::suppressed},
    Marker{"@ts-ignore", SignalKind::suppressed},
    Marker{"noqa", SignalKind::suppressed},
    Marker{"nolint:", SignalKind::suppressed},
    Marker{"#[allow(", SignalKind::suppressed},
    Marker{"@SuppressWarnings", SignalKind::suppressed},
    Marker{"unsafe {", SignalKind::unsafe},
    Marker{"unsafe fn", SignalKind::unsafe},
    Marker{"reinterpret_cast<", SignalKind::unsafe},
    Marker{"const_cast<", SignalKind::unsafe},
    Marker{"console.log(", SignalKind::debugging},
    Marker{"debugger;", SignalKind::debugging},
    Marker{"dbg!(", SignalKind::debugging},
    Marker{"pdb.set_trace", SignalKind::debugging},
    Marker{"breakpoint()", SignalKind::debugging},
};

constexpr std::array<std::string_view, 6> secret_words{"password", "passwd", "secret", "api_key", "apikey", "token"};

constexpr std::size_t slots = 8192;

constexpr std::size_t slot(std::string_view start) {
    const auto byte = [start](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(start[at]));
    };
    return (byte(0) << 8 ^ byte(1) << 4 ^ byte(2)) % slots;
}

/// Which three characters can begin a marker or a secret word, so that most of the text is passed in one look-up.
constexpr std::array<bool, slots> begins = [] {
    std::array<bool, slots> table{};
    for (const Marker& marker : markers) table[slot(marker.text)] = true;
    for (std::string_view word : secret_words)
        for (int upper = 0; upper < 8; ++upper) {
            char start[3] = {word[0], word[1], word[2]};
            for (int at = 0; at < 3; ++at)
                if ((upper >> at & 1) != 0 && start[at] != '_') start[at] = static_cast<char>(start[at] - 'a' + 'A');
            table[slot({start, 3})] = true;
        }
    return table;
}();

bool counts_in_prose(SignalKind kind) {
    return kind == SignalKind::conflict || kind == SignalKind::secret || kind == SignalKind::todo;
}

/// password = "…": a name for a secret that is given a literal of some length.
std::string_view secret_at(std::string_view text) {
    for (std::string_view word : secret_words) {
        if (text.size() < word.size() || !equals_ignoring_case(text.substr(0, word.size()), word)) continue;
        std::string_view rest = trim(text.substr(word.size()));
        if (rest.starts_with('"') || rest.starts_with('\'')) rest = trim(rest.substr(1));
        if (rest.empty() || (rest[0] != '=' && rest[0] != ':')) return {};
        const auto value = leading_string(trim(rest.substr(1)));
        const bool literal = value && value->size() >= 8 && !contains(*value, "$") && !contains(*value, "<") &&
                             !contains(*value, " ") && !contains(*value, "{");
        return literal ? text.substr(0, word.size()) : std::string_view{};
    }
    return {};
}

/// A marker right behind a quotation mark is text about code, unless it is text that a database or shell will run.
bool is_meant(SignalKind kind, std::string_view line, std::size_t at) {
    if (kind == SignalKind::secret) return contains(line, "-----BEGIN ");
    const bool quoted = at > 0 && (line[at - 1] == '"' || line[at - 1] == '\'' || line[at - 1] == '`');
    return !quoted || kind == SignalKind::destructive;
}

bool is_conflict(std::string_view line) { return line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "); }

}  // namespace

SignalFinder::SignalFinder(bool prose) : prose_(prose) {
    for (std::size_t i = 0; i < signal_kinds; ++i) seen_[i] = {static_cast<SignalKind>(i), {}, 0};
}

void SignalFinder::note(SignalKind kind, std::string_view marker) {
    if (prose_ && !counts_in_prose(kind)) return;
    Signal& signal = seen_[static_cast<std::size_t>(kind)];
    if (signal.count++ == 0) signal.marker = marker;
}

void SignalFinder::read(std::string_view line) {
    if (is_conflict(line)) note(SignalKind::conflict, line.substr(0, 7));
    for (std::size_t at = 0; at + 2 < line.size(); ++at) {
        if (!begins[slot(line.substr(at, 3))]) continue;
        if (at > 0 && is_word(line[at]) && is_word(line[at - 1]) && line[at - 1] != '_') continue;
        const std::string_view rest = line.substr(at);
        for (const Marker& marker : markers)
            if (rest[0] == marker.text[0] && rest.starts_with(marker.text) && is_meant(marker.kind, line, at))
                note(marker.kind, marker.text);
        if (const auto secret = secret_at(rest); !secret.empty()) note(SignalKind::secret, secret);
    }
}

std::vector<Signal> SignalFinder::found() const {
    std::vector<Signal> out;
    for (const Signal& signal : seen_)
        if (signal.count > 0) out.push_back(signal);
    return out;
}

}  // namespace lanekeeper::builtin

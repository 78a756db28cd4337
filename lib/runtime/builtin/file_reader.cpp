#include "runtime/builtin/file_reader.hpp"

#include "runtime/builtin/text.hpp"

#include <algorithm>

namespace lanekeeper::builtin {

namespace {

constexpr std::uint64_t hash_start = 1469598103934665603ULL;
constexpr std::uint64_t hash_step = 1099511628211ULL;

std::uint64_t without_blanks(std::uint64_t hash, std::string_view text) {
    for (char c : text)
        if (!is_space(c)) hash = (hash ^ static_cast<unsigned char>(c)) * hash_step;
    return hash;
}

SourceLine source_line(std::string_view text, bool header) {
    SourceLine line;
    while (line.indent < text.size() && is_space(text[line.indent])) ++line.indent;
    line.text = trim_right(text.substr(line.indent));
    line.header = header;
    return line;
}

bool is_prose(Language language) {
    return language == Language::markdown || language == Language::rst || language == Language::plain;
}

/// Reads as a comment or as nothing in most languages that have line comments of this shape.
bool is_comment_line(Language language, std::string_view text) {
    if (text.empty()) return true;
    if (is_prose(language) || language == Language::json) return false;
    const bool hashes = language == Language::python || language == Language::ruby || language == Language::shell ||
                        language == Language::yaml || language == Language::assignments ||
                        language == Language::cmake || language == Language::make;
    if (hashes) return text.starts_with('#');
    if (language == Language::sql) return text.starts_with("--");
    return text.starts_with("//") || text.starts_with("/*") || text.starts_with("* ") || text == "*/" || text == "*";
}

}  // namespace

FileReader::FileReader(std::string_view path, LanguageOf language, FileRole role)
    : path_(path),
      language_(language),
      role_(role),
      scope_(language.language),
      signals_(is_prose(language.language)),
      old_text_(hash_start),
      new_text_(hash_start) {}

void FileReader::on_hunk(std::string_view context) {
    scope_.clear();
    fenced_ = false;
    fence_known_ = false;
    old_title_ = new_title_ = {};
    SourceLine line = source_line(context, language_.header);
    line.whole = false;
    if (const auto found = definition_in(language_.language, line)) {
        const bool scoping = found->kind != NameKind::setting;
        if (scoping) scope_.enter(*found, 0);
    }
}

bool FileReader::in_code_fence(std::string_view text) {
    if (language_.language != Language::markdown) return false;
    const bool fence = text.starts_with("```") || text.starts_with("~~~");
    if (!fence) return fenced_;
    // The first bare fence of a hunk more likely ends a block that began above it.
    fenced_ = fence_known_ ? !fenced_ : text.size() > 3;
    fence_known_ = true;
    return true;
}

std::optional<Definition> FileReader::underlined_title(const SourceLine& line, char sign) const {
    const std::string_view title = sign == '-' ? old_title_ : new_title_;
    if (!underlines(language_.language, line.text, title)) return std::nullopt;
    return Definition{title, NameKind::heading, false, {}, line.text[0] == '=' ? 1u : 2u, false};
}

std::optional<Definition> FileReader::definition_of(const SourceLine& line, char sign) const {
    if (role_ == FileRole::lock || role_ == FileRole::generated) return std::nullopt;
    if (role_ == FileRole::dependencies) {
        if (auto wanted = dependency_in(path_, line)) return wanted;
    }
    if (auto title = underlined_title(line, sign)) return title;
    return definition_in(language_.language, line);
}

void FileReader::compare_text(char sign, std::string_view text) {
    std::uint64_t& side = sign == '+' ? new_text_ : old_text_;
    side = without_blanks(side, text);
    ++(sign == '+' ? added_ : removed_);
}

void FileReader::changed_line(char sign, const SourceLine& line, std::string_view whole) {
    compare_text(sign, whole);
    only_comments_ = only_comments_ && is_comment_line(language_.language, line.text);
    if (sign == '+') signals_.read(whole);
    if (const auto module = import_in(language_.language, line); module && !module->name.empty())
        names_.defined(*module, sign, line.text);
}

void FileReader::note(const Definition& definition, char sign, std::string_view line) {
    if (definition.elsewhere) names_.inside(definition.name, definition.kind);
    else names_.defined(definition, sign, line);
}

void FileReader::on_line(char sign, std::string_view text) {
    const SourceLine line = source_line(text, language_.header);
    if (sign != ' ') changed_line(sign, line, text);
    scope_.pass(line);
    const bool fenced = in_code_fence(line.text);
    const auto found = line.text.empty() || fenced ? std::nullopt : definition_of(line, sign);
    if (found) {
        if (sign != ' ') note(*found, sign, line.text);
        if (found->kind != NameKind::setting && found->kind != NameKind::dependency) scope_.enter(*found, line.indent);
    } else if (sign != ' ' && !line.text.empty()) {
        if (const Scope::Open* around = scope_.around(line.indent)) names_.inside(around->name, around->kind);
    }
    if (sign != '+') old_title_ = line.text;
    if (sign != '-') new_title_ = line.text;
}

void FileReader::finish(FileFacts& facts) const {
    facts.added = added_;
    facts.removed = removed_;
    facts.whitespace_only = facts.lines() > 0 && old_text_ == new_text_;
    facts.comments_only = facts.lines() > 0 && only_comments_ && !facts.whitespace_only;
    facts.names = names_.names();
    for (const Signal& signal : signals_.found())
        facts.signals.push_back({signal.kind, std::string(signal.marker), signal.count});
}

}  // namespace lanekeeper::builtin

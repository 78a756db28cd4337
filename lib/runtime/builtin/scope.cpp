#include "runtime/builtin/scope.hpp"

#include "runtime/builtin/text.hpp"

namespace lanekeeper::builtin {

namespace {

bool by_headings(Language language) { return language == Language::markdown || language == Language::rst; }

/// Lines that stand at the margin without ending what is around them: labels, comments, preprocessor lines, brackets.
bool is_neutral(std::string_view text) {
    if (text.empty() || contains("#*/){]@\"'", text.substr(0, 1)) || text.starts_with("--")) return true;
    const std::string_view word = leading_word(text);
    return text.size() > word.size() && text[word.size()] == ':' && text.size() == word.size() + 1 && word != "else";
}

bool closes(std::string_view text) {
    return text.starts_with('}') || begins_with_word(text, "end") || begins_with_word(text, "fi") ||
           begins_with_word(text, "done");
}

}  // namespace

void Scope::pass(const SourceLine& line) {
    if (by_headings(language_) || line.text.empty()) return;
    while (!open_.empty() && open_.back().closing) open_.pop_back();
    if (is_neutral(line.text)) return;
    while (!open_.empty() && line.indent <= open_.back().indent) {
        if (closes(line.text) && line.indent == open_.back().indent) {
            open_.back().closing = true;
            return;
        }
        open_.pop_back();
    }
}

const Scope::Open* Scope::around(std::size_t indent) const {
    if (open_.empty()) return nullptr;
    return by_headings(language_) || indent > open_.back().indent ? &open_.back() : nullptr;
}

void Scope::enter(const Definition& definition, std::size_t indent) {
    const std::size_t depth = by_headings(language_) ? definition.level : indent;
    while (!open_.empty() && open_.back().indent >= depth) open_.pop_back();
    open_.push_back({definition.name, definition.kind, depth, false});
}

}  // namespace lanekeeper::builtin

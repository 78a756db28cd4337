#include "runtime/builtin/text_finds.hpp"

#include "runtime/builtin/language.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <unordered_set>

namespace lanekeeper::builtin {

namespace {

constexpr std::size_t longest_path = 200;
constexpr std::size_t longest_question = 600;

std::string_view without_marks(std::string_view token) {
    const auto is_mark = [](char c) { return contains("()[]{}<>\"'`,;:!?*|=", {&c, 1}); };
    while (!token.empty() && is_mark(token.front())) token.remove_prefix(1);
    while (!token.empty() && (is_mark(token.back()) || token.back() == '.')) token.remove_suffix(1);
    return token;
}

bool is_link(std::string_view token) {
    for (std::string_view scheme : {"http://", "https://", "ws://", "wss://", "ftp://"})
        if (token.starts_with(scheme) && token.size() > scheme.size()) return true;
    return false;
}

/// "main.cpp" but not "Node.js" and not "e.g": a stem and an ending that files have.
bool is_file_name(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return language_of(name).language == Language::make;
    const bool product = name.ends_with(".js") && name[0] >= 'A' && name[0] <= 'Z';
    return !product && !language_of(name).name.empty();
}

bool is_path(std::string_view token) {
    if (token.size() < 3 || token.size() > longest_path || contains(token, "://") || contains(token, "//"))
        return false;
    for (char c : token)
        if (!is_word(c) && !contains("./-~@+#", {&c, 1})) return false;
    const std::size_t slash = token.find('/');
    if (slash == std::string_view::npos) return is_file_name(token);
    if (token.starts_with('/') || token.starts_with("./") || token.starts_with("../") || token.starts_with("~/"))
        return is_word(token[token.size() - 1]) || token.ends_with('/');
    const std::string_view name = file_name(token);
    const bool ending = name.find('.') != std::string_view::npos && name.back() != '.' && !is_digit(name[0]);
    return ending || (token.ends_with('/') && slash > 1);
}

/// "src/a.cpp:12:3" names the file.
std::string_view without_position(std::string_view token) {
    const std::size_t colon = token.find(':');
    if (colon == std::string_view::npos || colon + 1 >= token.size() || !is_digit(token[colon + 1])) return token;
    return token.substr(0, colon);
}

class Finder {
public:
    explicit Finder(std::string_view text) : text_(text) {}

    TextFinds find() {
        LineReader lines(text_);
        std::string_view line;
        while (lines.next(line)) read_line(line);
        return std::move(finds_);
    }

private:
    void read_line(std::string_view line) {
        const std::string_view text = trim(line);
        if (text.starts_with("```")) {
            in_code_ = !in_code_;
            if (in_code_) finds_.code_blocks.push_back({leading_word(trim(text.substr(3))), 0});
            return;
        }
        if (in_code_) ++finds_.code_blocks.back().lines;
        else read_questions(text);
        read_tokens(text);
    }

    void read_tokens(std::string_view line) {
        std::size_t at = 0;
        while (at < line.size()) {
            while (at < line.size() && is_space(line[at])) ++at;
            std::size_t end = at;
            while (end < line.size() && !is_space(line[end])) ++end;
            if (end > at) read_token(line.substr(at, end - at));
            at = end;
        }
    }

    void read_token(std::string_view raw) {
        ++finds_.words;
        const std::string_view token = without_marks(raw);
        if (is_link(token)) return keep(finds_.links, token);
        const std::string_view path = without_position(token);
        if (is_path(path)) keep(finds_.paths, path);
    }

    void keep(std::vector<std::string_view>& list, std::string_view item) {
        if (seen_.insert(item).second) list.push_back(item);
    }

    /// Sentences of one line; a question mark inside a link is none, because no blank follows it.
    void read_questions(std::string_view line) {
        std::size_t start = 0;
        for (std::size_t at = 0; at < line.size(); ++at) {
            const bool mark = line[at] == '?' || line[at] == '.' || line[at] == '!';
            const bool ends =
                at + 1 == line.size() || is_space(line[at + 1]) || contains("\"')*_", line.substr(at + 1, 1));
            if (!mark || !ends) continue;
            const std::string_view sentence = trim(line.substr(start, at + 1 - start));
            if (line[at] == '?' && contains(sentence, " ") && sentence.size() <= longest_question)
                keep(finds_.questions, sentence);
            start = at + 1;
        }
    }

    std::string_view text_;
    TextFinds finds_;
    std::unordered_set<std::string_view> seen_;
    bool in_code_ = false;
};

}  // namespace

TextFinds find_in_text(std::string_view text) { return Finder(text).find(); }

}  // namespace lanekeeper::builtin

#include "runtime/builtin/answer_clues.hpp"

#include "runtime/builtin/text.hpp"
#include "runtime/builtin/text_finds.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::builtin {

namespace {

constexpr std::array<std::string_view, 14> failure_words{"error:",
                                                         "errors:",
                                                         "failed",
                                                         "fails",
                                                         "failing",
                                                         "failure",
                                                         "exception",
                                                         "traceback",
                                                         "panic",
                                                         "not compile",
                                                         "segfault",
                                                         "crashes",
                                                         "undefined reference",
                                                         "timed out"};

constexpr std::array<std::string_view, 17> mended_words{
    "no error",   "no fail",   "0 fail",   "0 error",    "without error", "fixed",
    "resolved",   "no longer", "handles",  "instead of", "if it fails",   "when it fails",
    "now passes", "would",     "prevents", "zero fail",  "failed: 0"};

constexpr std::array<std::string_view, 13> change_words{"changed", "updated",  "added",   "implemented", "refactored",
                                                        "created", "renamed",  "rewrote", "removed",     "moved",
                                                        "fixed",   "modified", "replaced"};

constexpr std::array<std::string_view, 9> pass_words{"tests pass",  "all green",       "tests passed",
                                                     "test passes", "tests are green", "passing tests",
                                                     "pass now",    "suite passes",    "all pass"};

constexpr std::array<std::string_view, 7> todo_titles{"todo",       "next steps", "remaining",   "still to do",
                                                      "open items", "left to do", "what is left"};

constexpr std::array<std::string_view, 9> offers{
    "should i ",           "shall i ", "would you like me to ", "do you want me to ", "want me to ", "may i ", "can i ",
    "would it help if i ", "ok if i "};

template <class Words>
bool any_in(std::string_view low, const Words& words) {
    return std::any_of(words.begin(), words.end(), [low](std::string_view word) { return contains(low, word); });
}

/// The text behind "- ", "* ", "1. " or "2) ", else empty.
std::string_view list_item(std::string_view line) {
    if (line.starts_with("- ") || line.starts_with("* ")) return trim(line.substr(2));
    std::size_t digits = 0;
    while (digits < line.size() && is_digit(line[digits])) ++digits;
    const bool numbered = digits > 0 && digits < 3 && digits + 1 < line.size() &&
                          (line[digits] == '.' || line[digits] == ')') && line[digits + 1] == ' ';
    return numbered ? trim(line.substr(digits + 2)) : std::string_view{};
}

bool is_title(std::string_view line) {
    return line.starts_with('#') || line.starts_with("**") || line.ends_with(':') || line.ends_with(":**");
}

/// Reads the lines of a message once, remembering what they leave open.
class ClueReader {
public:
    AnswerClues read(std::string_view message) {
        LineReader lines(message);
        std::string_view line;
        while (lines.next(line)) read_line(trim(line));
        clues_.question = last_question(message);
        const TextFinds finds = find_in_text(message);
        if (!finds.paths.empty()) clues_.path = finds.paths.back();
        clues_.changed_code = (says_changed_ && !clues_.path.empty()) || !finds.code_blocks.empty();
        return clues_;
    }

private:
    void read_line(std::string_view line) {
        if (line.starts_with("```")) in_code_ = !in_code_;
        const std::string low = lower(line);
        if (clues_.error.empty() && any_in(low, failure_words) && !any_in(low, mended_words)) clues_.error = line;
        if (in_code_ || line.empty()) return;
        says_changed_ = says_changed_ || any_in(low, change_words);
        clues_.tests_pass = clues_.tests_pass || any_in(low, pass_words);
        read_list(line, low);
    }

    void read_list(std::string_view line, const std::string& low) {
        const std::string_view item = list_item(line);
        if (item.empty()) {
            if (is_title(line)) in_todo_ = any_in(low, todo_titles);
            return;
        }
        const bool box = item.starts_with("[ ]");
        const bool done = item.starts_with("[x]") || item.starts_with("[X]") || item.starts_with("~~");
        if (clues_.open_item.empty() && !done && (box || in_todo_))
            clues_.open_item = box ? trim(item.substr(3)) : item;
    }

    /// Only a question that ends the message waits for an answer.
    static std::string_view last_question(std::string_view message) {
        const std::string_view text = trim(message);
        const std::size_t line_start = text.rfind('\n');
        const std::string_view last = line_start == std::string_view::npos ? text : text.substr(line_start + 1);
        const TextFinds finds = find_in_text(last);
        return finds.questions.empty() ? std::string_view{} : finds.questions.back();
    }

    AnswerClues clues_;
    bool in_code_ = false;
    bool in_todo_ = false;
    bool says_changed_ = false;
};

}  // namespace

AnswerClues clues_in(std::string_view message) { return ClueReader().read(message); }

std::string_view offered_action(std::string_view question) {
    const std::string low = lower(question);
    for (std::string_view offer : offers) {
        const std::size_t at = low.find(offer);
        if (at == std::string::npos) continue;
        const std::size_t begin = at + offer.size();
        std::size_t end = low.find(" or ", begin);
        if (end == std::string::npos) end = low.find('?', begin);
        std::string_view action = trim(question.substr(begin, end - begin));
        while (action.ends_with(',')) action.remove_suffix(1);
        return action;
    }
    return {};
}

}  // namespace lanekeeper::builtin

#include "runtime/builtin/suggest.hpp"

#include "runtime/builtin/answer_clues.hpp"
#include "runtime/builtin/language.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::builtin {

namespace {

constexpr std::size_t longest_suggestion = 400;
constexpr std::size_t longest_quotation = 160;
constexpr std::size_t longest_draft = 280;

// Last words of a draft that lead nowhere, and those that lead to what was talked about.
constexpr std::array<std::string_view, 11> connectors{"and",  "or",  "the", "a",       "an", "that",
                                                      "then", "but", "so",  "because", "if"};
constexpr std::array<std::string_view, 12> prepositions{"at",   "about", "in", "into", "on", "for",
                                                        "with", "of",    "to", "from", "by", "after"};
constexpr std::array<std::string_view, 6> final_steps{"commit", "merge", "push", "ship", "release", "deploy"};

std::string quote(std::string_view text) { return "“" + quoted(text, longest_quotation) + "”"; }

std::string_view last_text(const std::vector<Message>& transcript, std::string_view role) {
    const auto found = std::find_if(transcript.rbegin(), transcript.rend(), [role](const Message& message) {
        return message.role == role && !trim(message.text).empty();
    });
    return found == transcript.rend() ? std::string_view{} : trim(found->text);
}

bool user_spoke_last(const std::vector<Message>& transcript) {
    const auto found = std::find_if(transcript.rbegin(), transcript.rend(), [](const Message& message) {
        return message.role == "user" || message.role == "assistant";
    });
    return found != transcript.rend() && found->role == "user";
}

void capitalise(std::string& text) {
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
}

bool ends_sentence(std::string_view text) {
    return text.ends_with('.') || text.ends_with('?') || text.ends_with('!') || text.ends_with("…");
}

std::string last_word(const std::string& text) { return lower(text.substr(text.rfind(' ') + 1)); }

void drop_marks(std::string& text) {
    while (!text.empty() && contains(",;:- ", {&text.back(), 1})) text.pop_back();
}

/// Brings the end of a draft into shape: a draft that breaks off goes on with `object`, or ends before the words
/// that need more behind them.
void finish(std::string& text, const std::string& object) {
    bool open = text.ends_with(':');
    drop_marks(text);
    while (text.rfind(' ') != std::string::npos) {
        const std::string last = last_word(text);
        const bool preposition = is_one_of(prepositions, last);
        open = open || preposition || is_one_of(connectors, last);
        if (preposition ? !object.empty() : !is_one_of(connectors, last)) break;
        text.resize(text.rfind(' '));
        drop_marks(text);
    }
    if (open && !object.empty()) text += " " + object;
}

/// What would make an unfinished draft whole: the thing that was talked about last.
std::string object_of(const AnswerClues& clues) {
    if (!clues.open_item.empty()) return quote(clues.open_item);
    return clues.path.empty() ? std::string() : code(clues.path);
}

bool begins_final_step(std::string_view low) {
    return std::any_of(final_steps.begin(), final_steps.end(),
                       [low](std::string_view word) { return contains(low, word); });
}

std::string next_step(const AnswerClues& clues, const std::string& draft) {
    const std::string low = lower(draft);
    if (!clues.error.empty() && !contains(low, "error") && !contains(low, "fix"))
        return " Keep in mind what still fails: " + quote(clues.error) + ".";
    if (clues.changed_code && !clues.tests_pass && !contains(low, "test"))
        return begins_final_step(low) ? " Run the tests before that, and stop if any fails."
                                      : " Then run the tests and tell me what fails.";
    if (!clues.open_item.empty() && !contains(low, "next") && !contains(draft, clues.open_item))
        return " After that, go on with " + quote(clues.open_item) + ".";
    return "";
}

std::string from_draft(std::string_view draft, const AnswerClues& clues) {
    std::string text = quoted(draft, longest_draft);
    capitalise(text);
    if (text.ends_with('?') || text.ends_with("…")) return text;
    if (!ends_sentence(text)) {
        finish(text, object_of(clues));
        text += '.';
    }
    return text + next_step(clues, text);
}

std::string answer_to(std::string_view question) {
    const std::string_view action = offered_action(question);
    if (!action.empty() && action.size() <= longest_quotation)
        return "Yes, please " + quoted(action, longest_quotation) +
               ". Tell me what you find before you change anything else.";
    return "On " + quote(question) + ": take what you think is best, say in one line why, and go on.";
}

std::string_view without_end(std::string_view text) {
    text = trim(text);
    while (!text.empty() && contains(".:;", text.substr(text.size() - 1))) text.remove_suffix(1);
    return text;
}

std::string from_answer(const AnswerClues& clues) {
    const std::string where = clues.path.empty() ? "" : " in " + code(clues.path);
    if (!clues.question.empty()) return answer_to(clues.question);
    if (!clues.error.empty())
        return "Please fix this first: " + quote(clues.error) + ". Show me the cause, then the tests passing.";
    if (!clues.open_item.empty())
        return "Go on with " + quote(without_end(clues.open_item)) + ", and tick it off when its tests pass.";
    if (clues.changed_code && role_of(clues.path) == FileRole::docs)
        return "Read " + code(clues.path) + " once more as a newcomer would, and mend what is unclear.";
    if (clues.changed_code && clues.tests_pass)
        return "Good. Read the change" + where + " once more for edge cases, then sum up what is different now.";
    if (clues.changed_code)
        return "Run the tests for the change" + where + " and show me what fails, if anything does.";
    return {};
}

std::string go_on(std::string_view user, bool waiting) {
    if (user.empty()) return "What is the next concrete step here? Name it in one sentence and start with it.";
    if (waiting)
        return "On " + quote(user) + ": begin with the smallest step that shows a result, and tell me what you see.";
    return "Please go on with " + quote(user) + ", and end with the next concrete step.";
}

}  // namespace

std::string suggest(const std::vector<Message>& transcript, std::string_view draft) {
    const bool waiting = user_spoke_last(transcript);
    const std::string_view answer = last_text(transcript, "assistant");
    const std::string_view user = last_text(transcript, "user");
    const AnswerClues clues = clues_in(answer);
    std::string text;
    if (!trim(draft).empty()) text = from_draft(draft, clues);
    else if (!waiting) text = from_answer(clues);
    if (text.empty()) text = go_on(user, waiting);
    return text.size() <= longest_suggestion ? text : quoted(text, longest_suggestion - 3);
}

}  // namespace lanekeeper::builtin

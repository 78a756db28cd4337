#include "runtime/builtin/suggest.hpp"

#include "runtime/builtin/answer_clues.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::builtin {

namespace {

constexpr std::size_t longest_suggestion = 400;
constexpr std::size_t longest_quotation = 160;
constexpr std::size_t longest_draft = 280;

constexpr std::array<std::string_view, 16> dangling{"and", "or",  "to",  "the",  "a",    "an",  "with", "for",
                                                    "of",  "in",  "on",  "that", "then", "but", "so",   "because"};

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

/// Takes words off the end that only make sense with more behind them; true when there were any.
bool drop_dangling(std::string& text) {
    bool dropped = false;
    while (true) {
        while (!text.empty() && contains(",;:- ", {&text.back(), 1})) {
            dropped = dropped || text.back() != ' ';
            text.pop_back();
        }
        const std::size_t blank = text.rfind(' ');
        const std::string last = lower(blank == std::string::npos ? text : text.substr(blank + 1));
        if (blank == std::string::npos || std::find(dangling.begin(), dangling.end(), last) == dangling.end())
            return dropped;
        text.resize(blank);
        dropped = true;
    }
}

/// What would make an unfinished draft whole: the thing that was talked about last.
std::string object_of(const AnswerClues& clues) {
    if (!clues.open_item.empty()) return quote(clues.open_item);
    return clues.path.empty() ? std::string() : code(clues.path);
}

std::string next_step(const AnswerClues& clues, const std::string& draft) {
    const std::string low = lower(draft);
    if (!clues.error.empty() && !contains(low, "error") && !contains(low, "fix"))
        return " Keep in mind what still fails: " + quote(clues.error) + ".";
    if (clues.changed_code && !clues.tests_pass && !contains(low, "test"))
        return " Then run the tests and tell me what fails.";
    if (!clues.open_item.empty() && !contains(low, "next") && !contains(draft, clues.open_item))
        return " After that, go on with " + quote(clues.open_item) + ".";
    return "";
}

std::string from_draft(std::string_view draft, const AnswerClues& clues) {
    std::string text = quoted(draft, longest_draft);
    capitalise(text);
    if (text.ends_with('?') || text.ends_with("…")) return text;
    if (!ends_sentence(text)) {
        const std::string object = object_of(clues);
        const bool unfinished = drop_dangling(text);
        if (unfinished && !object.empty()) text += " " + object;
        text += '.';
    }
    return text + next_step(clues, text);
}

std::string answer_to(std::string_view question) {
    const std::string_view action = offered_action(question);
    if (!action.empty() && action.size() <= longest_quotation)
        return "Yes, please " + quoted(action, longest_quotation) + ". Tell me what you find before you change anything else.";
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
    if (clues.changed_code && clues.tests_pass)
        return "Good. Read the change" + where + " once more for edge cases, then sum up what is different now.";
    if (clues.changed_code) return "Run the tests for the change" + where + " and show me what fails, if anything does.";
    return {};
}

std::string go_on(std::string_view user, bool waiting) {
    if (user.empty()) return "What is the next concrete step here? Name it in one sentence and start with it.";
    if (waiting) return "On " + quote(user) + ": begin with the smallest step that shows a result, and tell me what you see.";
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

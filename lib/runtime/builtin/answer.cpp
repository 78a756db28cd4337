#include "runtime/builtin/answer.hpp"

#include "runtime/builtin/digest.hpp"
#include "runtime/builtin/explain.hpp"
#include "runtime/builtin/suggest.hpp"

#include <charconv>

namespace lanekeeper::builtin {
namespace {

constexpr std::size_t most_paragraphs = 40;
constexpr Millis longest_pause{60'000};

std::string text_of(const json::object& object, std::string_view name) {
    auto* value = object.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::array* array_of(const json::object& object, std::string_view name) {
    auto* value = object.if_contains(name);
    return value ? value->if_array() : nullptr;
}

std::string explain_facts_object(const json::object& facts) {
    std::vector<FileChange> changes;
    if (auto* list = array_of(facts, "changes"))
        for (const auto& entry : *list)
            if (auto* change = entry.if_object())
                changes.push_back({text_of(*change, "path"), text_of(*change, "kind"), text_of(*change, "movePath"),
                                   text_of(*change, "diff")});
    auto* truncated = facts.if_contains("truncated");
    return explain(changes, truncated && truncated->is_bool() && truncated->get_bool());
}

std::string suggest_facts_object(const json::object& facts) {
    std::vector<Message> transcript;
    if (auto* list = array_of(facts, "transcript"))
        for (const auto& entry : *list)
            if (auto* message = entry.if_object())
                transcript.push_back({text_of(*message, "role"), text_of(*message, "text")});
    return suggest(transcript, text_of(facts, "draft"));
}

}  // namespace

std::string answer(const json::value& facts, const std::string& text, const std::string& steered) {
    if (auto* object = facts.if_object()) {
        auto kind = text_of(*object, "kind");
        if (kind == "file_change_explain") return explain_facts_object(*object);
        if (kind == "suggest_reply") return suggest_facts_object(*object);
    }
    return digest(steered.empty() ? text : text + "\n\n" + steered);
}

std::vector<std::string> paragraphs(const std::string& answer) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    while (begin < answer.size()) {
        auto blank = parts.size() + 1 < most_paragraphs ? answer.find("\n\n", begin) : std::string::npos;
        auto end = blank == std::string::npos ? answer.size() : blank + 2;
        parts.push_back(answer.substr(begin, end - begin));
        begin = end;
    }
    return parts;
}

Millis asked_pause(std::string_view text) {
    constexpr std::string_view command = "/pause ";
    if (text.substr(0, command.size()) != command) return Millis{0};
    text.remove_prefix(command.size());
    unsigned amount = 0;
    auto read = std::from_chars(text.data(), text.data() + text.size(), amount);
    if (read.ec != std::errc{}) return Millis{0};
    text.remove_prefix(std::size_t(read.ptr - text.data()));
    if (text.substr(0, 2) == "ms") return std::min(Millis{amount}, longest_pause);
    if (text.substr(0, 1) == "s") return amount > 60 ? longest_pause : Millis{amount * 1000};
    return Millis{0};
}

}  // namespace lanekeeper::builtin

#include "runtime/builtin/digest.hpp"

#include "runtime/builtin/text.hpp"
#include "runtime/builtin/text_finds.hpp"

#include <algorithm>

namespace lanekeeper::builtin {

namespace {

constexpr std::size_t longest_digest = 2000;
constexpr std::size_t longest_excerpt = 80;
constexpr std::size_t shortest_quotation = 16;
constexpr std::size_t most_paths = 8;
constexpr std::size_t most_questions = 3;
constexpr std::size_t most_links = 3;
constexpr std::size_t most_code_blocks = 5;
constexpr std::size_t most_results = 8;
constexpr std::size_t longest_item = 80;

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string heading(std::string_view input, std::size_t words) {
    return "**Given " + counted(characters(input), "character") + "**: " + counted(count_lines(input), "line") + ", " +
           counted(words, "word") + ".\n";
}

std::string entry(std::string_view noun, std::size_t number, const std::string& items) {
    return number == 0 ? std::string() : "- " + counted(number, noun) + (items.empty() ? "" : ": " + items) + ".\n";
}

std::string results(const DependencyBlock& block) {
    if (!block.present) return {};
    if (!block.readable) return "- Dependency results that could not be read as JSON.\n";
    std::vector<std::string> items;
    for (const DependencyResult& result : block.results) {
        const std::string status = result.status.empty() ? "" : " " + quoted(result.status, 24);
        items.push_back(code(cut(result.id, longest_item)) + status + " (" + counted(result.bytes, "byte") + ")");
    }
    return items.empty() ? "- No dependency result.\n"
                         : entry("dependency result", items.size(), listed(items, most_results));
}

/// Quotations stay far shorter than what they are taken from, so that the digest never is the input.
std::string questions(const TextFinds& finds, std::size_t input_size) {
    const std::size_t allowed = std::min(longest_excerpt, input_size / 3);
    std::vector<std::string> items;
    for (std::string_view question : finds.questions) items.push_back("“" + quoted(question, allowed) + "”");
    const bool quotable = allowed >= shortest_quotation;
    return entry("question", items.size(), quotable ? listed(items, most_questions) : std::string());
}

std::string spans(const std::vector<std::string_view>& found, std::string_view noun, std::size_t most) {
    std::vector<std::string> items;
    for (std::string_view item : found) items.push_back(code(cut(item, longest_item)));
    return entry(noun, items.size(), listed(items, most));
}

std::string code_blocks(const TextFinds& finds) {
    std::vector<std::string> items;
    for (const CodeBlock& block : finds.code_blocks)
        items.push_back((block.language.empty() ? "plain" : std::string(cut(block.language, 20))) + ", " +
                        counted(block.lines, "line"));
    return entry("code block", items.size(), listed(items, most_code_blocks));
}

std::string without_block(std::string_view input, const DependencyBlock& block) {
    if (!block.present) return std::string(input);
    return std::string(input.substr(0, block.begin)) + "\n" + std::string(input.substr(block.end));
}

}  // namespace

std::string digest(std::string_view input) {
    if (trim(input).empty()) return "**Given nothing to read**: the input is empty.\n";
    const DependencyBlock block = find_dependency_results(input);
    const std::string prose = without_block(input, block);
    const TextFinds finds = find_in_text(prose);

    const std::string head = heading(input, finds.words);
    std::string out = head;
    for (const std::string& part :
         {results(block), questions(finds, input.size()), spans(finds.paths, "path", most_paths), code_blocks(finds),
          spans(finds.links, "link", most_links)})
        if (out.size() + part.size() <= longest_digest) out += part;
    // A lone path or link would come back whole.
    return contains(out, trim(input)) ? head : out;
}

}  // namespace lanekeeper::builtin

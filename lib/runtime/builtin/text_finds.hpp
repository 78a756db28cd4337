#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What can be picked out of plain text without understanding it. Views point into the text.
namespace lanekeeper::builtin {

struct CodeBlock {
    std::string_view language;  ///< the word behind the fence, possibly empty
    std::size_t lines = 0;
};

struct TextFinds {
    std::vector<std::string_view> paths;      ///< file names and paths, each once
    std::vector<std::string_view> links;      ///< URLs, each once
    std::vector<std::string_view> questions;  ///< sentences outside code that end with a question mark
    std::vector<CodeBlock> code_blocks;
    std::size_t words = 0;
};

TextFinds find_in_text(std::string_view text);

/// A result of a dependency, as the input carries it.
struct DependencyResult {
    std::string id;
    std::string status;  ///< empty when the input does not say
    std::size_t bytes = 0;
};

struct DependencyBlock {
    std::vector<DependencyResult> results;
    std::size_t begin = 0;  ///< where the block stands in the text, from its name to its closing brace
    std::size_t end = 0;
    bool present = false;
    bool readable = false;  ///< false when it was cut or is not JSON
};

/// The JSON object that follows the word dependencyResults.
DependencyBlock find_dependency_results(std::string_view text);

}  // namespace lanekeeper::builtin

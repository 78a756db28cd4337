#pragma once

#include "runtime/builtin/definition.hpp"

#include <string_view>
#include <vector>

namespace lanekeeper::builtin {

/// Follows, by indentation, which definition the lines of a hunk stand in. Knows only what the hunk shows.
class Scope {
public:
    explicit Scope(Language language) : language_(language) {}

    void clear() { open_.clear(); }

    /// Every line passes here, in order, before enter() and inside() are asked about it.
    void pass(const SourceLine& line);

    void enter(const Definition& definition, std::size_t indent);

    struct Open {
        std::string_view name;
        NameKind kind;
        std::size_t indent;  ///< of headings: the level
        bool closing;        ///< its last line has passed
    };

    /// The innermost definition that a line of this indentation, the one that passed last, stands in; null when
    /// unknown, and for lines that stand beside it rather than in it.
    const Open* around(std::size_t indent) const;

private:
    Language language_;
    std::vector<Open> open_;
};

}  // namespace lanekeeper::builtin

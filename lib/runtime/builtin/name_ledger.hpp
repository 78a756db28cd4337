#pragma once

#include "runtime/builtin/diff_facts.hpp"

#include <string_view>
#include <unordered_map>
#include <vector>

namespace lanekeeper::builtin {

/// Remembers on which side of a file's diff each name was defined, and judges at the end what happened to it.
/// Names that are empty, very long or hold control characters are passed over.
class NameLedger {
public:
    /// `sign` is '+' or '-'; `line` is the whole defining line.
    void defined(const Definition& definition, char sign, std::string_view line);
    void inside(std::string_view name, NameKind kind);

    /// In order of first appearance.
    std::vector<TouchedName> names() const;

private:
    struct Side {
        int count = 0;
        std::string_view line;
        std::string_view value;
    };
    struct Entry {
        std::string_view name;
        NameKind kind;
        bool exported = false;
        bool inside = false;
        Side before;
        Side after;
    };

    Entry& entry(std::string_view name, NameKind kind);
    static TouchedName judge(const Entry& entry, bool with_lines);

    std::unordered_map<std::string_view, std::size_t> index_;
    std::vector<Entry> entries_;
};

}  // namespace lanekeeper::builtin

#pragma once

#include "runtime/builtin/diff_facts.hpp"

#include <cstdint>
#include <deque>
#include <string_view>
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
        std::string_view text;  // settings, dependencies: the value; else the defining line
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
    /// Where a name's entry is: its number, from 1; 0: free.
    struct Slot {
        std::uint32_t hash = 0;
        std::uint32_t number = 0;
    };

    Slot& slot(std::string_view name, std::uint32_t hash);
    void grow();
    static TouchedName judge(const Entry& entry, bool with_lines);

    std::deque<Entry> entries_;  // never moved: there may be 200,000
    std::vector<Slot> index_;  // open addressing
    std::string_view last_name_;  // asked for again with every line below a definition
    std::size_t last_ = 0;
};

}  // namespace lanekeeper::builtin

#pragma once

#include "runtime/builtin/diff_facts.hpp"

#include <string>
#include <vector>

namespace lanekeeper::builtin {

/// A definition that got another name.
struct NamePair {
    std::string before;
    std::string after;
    NameKind kind;
};

/// Renamed definitions of one file: a removed name and an added one whose defining lines are the same but for
/// the name; headings, when one went and one came.
class NamePairs {
public:
    NamePairs() = default;
    explicit NamePairs(const FileFacts& file);

    const std::vector<NamePair>& all() const { return pairs_; }
    bool has(const TouchedName& name) const;

private:
    std::vector<NamePair> pairs_;
};

}  // namespace lanekeeper::builtin

#include "runtime/builtin/name_pairs.hpp"

#include <algorithm>

namespace lanekeeper::builtin {

namespace {

// A change with more additions and removals than this is a rewrite, in which pairs mean little.
constexpr std::size_t most_candidates = 12;

using Names = std::vector<const TouchedName*>;

Names names_with(const FileFacts& file, Touch touch, bool headings) {
    Names out;
    for (const TouchedName& name : file.names) {
        const bool nameable = name.kind == NameKind::function || name.kind == NameKind::type ||
                              name.kind == NameKind::test || name.kind == NameKind::table;
        if (name.touch == touch && (headings ? name.kind == NameKind::heading : nameable)) out.push_back(&name);
    }
    return out;
}

bool same_but_for_name(const TouchedName& removed, const TouchedName& added) {
    if (removed.kind != added.kind || removed.before.empty() || added.after.empty()) return false;
    std::string line = removed.before;
    const std::size_t at = line.find(removed.name);
    if (at == std::string::npos) return false;
    // A line that is hardly more than its name says nothing about the two being one.
    if (line.size() < removed.name.size() + 6) return false;
    return line.replace(at, removed.name.size(), added.name) == added.after;
}

}  // namespace

NamePairs::NamePairs(const FileFacts& file) {
    const bool nothing_went = std::none_of(file.names.begin(), file.names.end(),
                                           [](const TouchedName& name) { return name.touch == Touch::removed; });
    if (nothing_went) return;
    const Names removed = names_with(file, Touch::removed, false);
    const Names added = names_with(file, Touch::added, false);
    if (removed.size() == 1 && added.size() <= most_candidates) {
        const auto match = std::find_if(added.begin(), added.end(), [&removed](const TouchedName* name) {
            return same_but_for_name(*removed.front(), *name);
        });
        if (match != added.end()) pairs_.push_back({removed.front()->name, (*match)->name, (*match)->kind});
    }
    const Names old_titles = names_with(file, Touch::removed, true);
    const Names new_titles = names_with(file, Touch::added, true);
    if (old_titles.size() == 1 && new_titles.size() == 1)
        pairs_.push_back({old_titles.front()->name, new_titles.front()->name, NameKind::heading});
}

bool NamePairs::has(const TouchedName& name) const {
    return std::any_of(pairs_.begin(), pairs_.end(), [&name](const NamePair& pair) {
        return pair.kind == name.kind && (pair.before == name.name || pair.after == name.name);
    });
}

}  // namespace lanekeeper::builtin

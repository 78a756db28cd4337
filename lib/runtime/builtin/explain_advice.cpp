#include "runtime/builtin/advice_rules.hpp"
#include "runtime/builtin/listed_file.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>

namespace lanekeeper::builtin {

namespace {

/// Where a reader starts when no rule has anything to say.
std::string starting_point(const std::vector<ListedFile>& files) {
    if (std::all_of(files.begin(), files.end(), [](const ListedFile& f) { return f.facts->whitespace_only; }))
        return "Nothing but white space: compare with white space ignored to see that.";
    const ListedFile& first = files.front();
    for (const TouchedName& name : first.facts->names)
        if (name.kind != NameKind::import && name.touch != Touch::removed)
            return "Nothing stands out; begin at " + code(name.name) + " in " + first.path + ".";
    return "Nothing stands out; begin with " + first.path + ".";
}

}  // namespace

std::vector<std::string> review_advice(const std::vector<ListedFile>& files, std::size_t most) {
    if (files.empty()) return {};
    Advice advice;
    advise_on_signals(files, advice);
    advise_on_interfaces(files, advice);
    advise_on_dependencies(files, advice);
    advise_on_shape(files, advice);
    std::vector<std::string> out = advice.most_pressing(most);
    if (out.empty()) out.push_back(starting_point(files));
    return out;
}

}  // namespace lanekeeper::builtin

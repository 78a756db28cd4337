#include "runtime/builtin/advice_rules.hpp"
#include "runtime/builtin/name_pairs.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

// Rules about what others rely on: functions and types they call, packages this code calls.
namespace lanekeeper::builtin {

namespace {

constexpr std::size_t longest_signature = 100;

bool is_code(const TouchedName& name) {
    return name.kind == NameKind::function || name.kind == NameKind::type || name.kind == NameKind::table;
}

bool can_break(const ListedFile& file) {
    return (file.facts->role == FileRole::source || file.facts->role == FileRole::migration) &&
           !file.facts->whitespace_only && !file.facts->comments_only;
}

/// Added names and the file each went to, so that a removal that is really a move is called one.
using Homes = std::unordered_map<std::string_view, const ListedFile*>;

bool removes_names(const ListedFile& file) {
    const std::vector<TouchedName>& names = file.facts->names;
    return std::any_of(names.begin(), names.end(), [](const TouchedName& n) { return n.touch == Touch::removed; });
}

Homes homes_of_added_names(const std::vector<ListedFile>& files) {
    Homes homes;
    if (std::none_of(files.begin(), files.end(), removes_names)) return homes;
    for (const ListedFile& file : files)
        for (const TouchedName& name : file.facts->names)
            if (is_code(name) && name.touch == Touch::added) homes.emplace(name.name, &file);
    return homes;
}

/// A declaration and its definition both change; one sentence is enough.
using Seen = std::unordered_set<std::string>;

std::string unqualified(const std::string& name) {
    const std::size_t at = name.rfind("::");
    return at == std::string::npos ? name : name.substr(at + 2);
}

void say_removed(const ListedFile& file, const std::vector<std::string>& exported,
                 const std::vector<std::string>& internal, Advice& advice) {
    const bool deleted = file.facts->kind == ChangeKind::deleted;
    if (!exported.empty())
        advice.add(Urgency::breaking, (deleted ? "Gone with " : "Removed from ") + file.path + ": " +
                                          listed(exported, 4) + ". Other files could use " +
                                          (exported.size() == 1 ? "it" : "them") + "; search for callers.");
    if (!internal.empty() && !deleted)
        advice.add(Urgency::focus, "Removed from " + file.path + ": " + listed(internal, 4) +
                                       ". Check that nothing calls " + (internal.size() == 1 ? "it" : "them") +
                                       " any more.");
}

void removals(const ListedFile& file, const Homes& homes, Seen& seen, Advice& advice) {
    const NamePairs pairs(*file.facts);
    std::vector<std::string> exported;
    std::vector<std::string> internal;
    for (const TouchedName& name : file.facts->names) {
        if (!is_code(name) || name.touch != Touch::removed || pairs.has(name)) continue;
        if (const auto home = homes.find(name.name); home != homes.end())
            advice.add(Urgency::focus, code(name.name) + " moves from " + file.path + " to " + home->second->path +
                                           ": compare the two bodies.");
        else if (seen.insert(unqualified(name.name)).second)
            (name.exported ? exported : internal).push_back(code(name.name));
    }
    say_removed(file, exported, internal, advice);
}

void renames(const ListedFile& file, Advice& advice) {
    const NamePairs pairs(*file.facts);
    for (const NamePair& pair : pairs.all())
        if (pair.kind != NameKind::heading && pair.kind != NameKind::test)
            advice.add(Urgency::breaking, code(pair.before) + " is now " + code(pair.after) + " in " + file.path +
                                              ": check that every caller follows.");
}

void signatures(const ListedFile& file, Seen& seen, Advice& advice) {
    for (const TouchedName& name : file.facts->names) {
        if (name.kind != NameKind::function || name.touch != Touch::changed) continue;
        if (!seen.insert(unqualified(name.name)).second) continue;
        const bool fits = !name.before.empty() && !name.after.empty() && name.before.size() <= longest_signature &&
                          name.after.size() <= longest_signature;
        const std::string what = fits ? code(name.before) + " becomes " + code(name.after)
                                      : "The signature of " + code(name.name) + " changes";
        advice.add(name.exported ? Urgency::breaking : Urgency::focus,
                   what + " in " + file.path + ": check every caller.");
    }
}

void headers(const std::vector<ListedFile>& files, Advice& advice) {
    std::vector<std::string> paths;
    for (const ListedFile& file : files)
        if (file.facts->language.header && file.facts->kind == ChangeKind::modified && can_break(file) &&
            is_public_header(file.facts->shown_path()))
            paths.push_back(file.path);
    if (!paths.empty())
        advice.add(Urgency::focus, plural("Header", paths.size()) + " " + listed(paths, 3) +
                                       ": read the promises here before the code that keeps them.");
}

/// The part of a version that tells whether users break: the first number, below 1.0 the second too.
std::string_view breaking_part(std::string_view version) {
    const std::size_t first = version.find_first_of("0123456789");
    if (first == std::string_view::npos) return {};
    version.remove_prefix(first);
    const std::size_t dot = version.find('.');
    if (version.substr(0, dot) != "0" || dot == std::string_view::npos) return version.substr(0, dot);
    return version.substr(0, version.find('.', dot + 1));
}

void dependency(const ListedFile& file, const TouchedName& name, Advice& advice) {
    const std::string version = name.after.empty() ? "" : " " + code(name.after);
    if (name.touch == Touch::added)
        advice.add(Urgency::dependency, "New dependency " + code(name.name) + version + " in " + file.path +
                                            ": check its licence, its upkeep and that it is needed.");
    if (name.touch == Touch::removed)
        advice.add(Urgency::dependency, file.path + " drops " + code(name.name) + ": check that nothing imports it.");
    if (name.touch != Touch::changed || name.before.empty() || name.before == name.after) return;
    const bool breaks = breaking_part(name.before) != breaking_part(name.after);
    advice.add(breaks ? Urgency::dependency : Urgency::hygiene,
               code(name.name) + " goes from " + code(name.before) + " to " + code(name.after) +
                   (breaks ? ", which may break its users: read its upgrade notes." : ": read its release notes."));
}

void many_dependencies(const ListedFile& file, std::size_t number, Advice& advice) {
    advice.add(Urgency::dependency, file.path + " touches " + counted(number, "dependency") +
                                        ": read the release notes of those that jump furthest.");
}

}  // namespace

void advise_on_interfaces(const std::vector<ListedFile>& files, Advice& advice) {
    const Homes homes = homes_of_added_names(files);
    Seen changed;
    Seen removed;
    // Headers first: the declaration is the signature that others see.
    for (const bool header : {true, false})
        for (const ListedFile& file : files) {
            if (!can_break(file) || file.facts->language.header != header) continue;
            signatures(file, changed, advice);
            removals(file, homes, removed, advice);
            renames(file, advice);
        }
    headers(files, advice);
}

void advise_on_dependencies(const std::vector<ListedFile>& files, Advice& advice) {
    bool manifest = false;
    const ListedFile* lock = nullptr;
    for (const ListedFile& file : files) {
        if (file.facts->role == FileRole::lock) lock = &file;
        if (file.facts->role != FileRole::dependencies) continue;
        manifest = true;
        if (file.facts->kind != ChangeKind::modified) continue;
        std::vector<const TouchedName*> touched;
        for (const TouchedName& name : file.facts->names)
            if (name.kind == NameKind::dependency && name.touch != Touch::inside) touched.push_back(&name);
        if (touched.size() > 3) many_dependencies(file, touched.size(), advice);
        else
            for (const TouchedName* name : touched) dependency(file, *name, advice);
    }
    if (lock != nullptr && !manifest)
        advice.add(Urgency::dependency,
                   lock->path + " changes without its manifest: check what pulled the new versions in.");
}

}  // namespace lanekeeper::builtin

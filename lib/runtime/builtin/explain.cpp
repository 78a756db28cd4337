#include "runtime/builtin/explain.hpp"

#include "runtime/builtin/listed_file.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <tuple>

namespace lanekeeper::builtin {

namespace {

constexpr std::size_t most_files = 40;
constexpr std::size_t most_advice = 6;
constexpr std::size_t least_alike = 3;
constexpr std::size_t longest_list = 14000;

struct Totals {
    std::size_t added = 0;
    std::size_t removed = 0;
    std::size_t fresh = 0;
    std::size_t changed = 0;
    std::size_t renamed = 0;
    std::size_t deleted = 0;
};

Totals total_of(const std::vector<FileFacts>& files) {
    Totals totals;
    for (const FileFacts& file : files) {
        totals.added += file.added;
        totals.removed += file.removed;
        if (!file.moved_to.empty()) ++totals.renamed;
        else if (file.kind == ChangeKind::added) ++totals.fresh;
        else if (file.kind == ChangeKind::deleted) ++totals.deleted;
        else ++totals.changed;
    }
    return totals;
}

std::string kinds(const Totals& totals, std::size_t files) {
    std::vector<std::string> parts;
    const auto part = [&parts, files](std::size_t number, std::string_view word) {
        if (number > 0) parts.push_back((number == files ? "all" : grouped(number)) + " " + std::string(word));
    };
    part(totals.changed, "modified");
    part(totals.fresh, "new");
    part(totals.renamed, "renamed");
    part(totals.deleted, "deleted");
    return listed(parts, parts.size());
}

template <class Test>
bool all(const std::vector<FileFacts>& files, Test test) {
    return std::all_of(files.begin(), files.end(), test);
}

/// When the whole change is of one nature, that is the first thing to know.
std::string_view nature(const std::vector<FileFacts>& files) {
    const auto role = [](auto... roles) {
        return [=](const FileFacts& file) { return ((file.role == roles) || ...); };
    };
    if (all(files, [](const FileFacts& f) { return !f.moved_to.empty() && f.lines() == 0; }))
        return "Files move; nothing in them changes.";
    if (all(files, [](const FileFacts& f) { return f.whitespace_only; })) return "Only white space changes.";
    if (all(files, [](const FileFacts& f) { return f.comments_only; })) return "Only comments change.";
    if (all(files, role(FileRole::test))) return "Only tests change.";
    if (all(files, role(FileRole::docs))) return "Only documentation changes.";
    if (all(files, role(FileRole::dependencies, FileRole::lock))) return "Only dependencies change.";
    if (all(files, role(FileRole::config, FileRole::ci, FileRole::build)))
        return "Only configuration and build files change.";
    return "";
}

std::string languages(const std::vector<ListedFile>& files) {
    std::vector<std::string> names;
    for (const ListedFile& file : files) {
        const std::string name(file.facts->language.name);
        if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    return names.empty() ? "" : " In " + listed(names, 4) + ".";
}

std::string summary(const std::vector<FileFacts>& files, const std::vector<ListedFile>& order) {
    const Totals totals = total_of(files);
    const std::string counts = line_counts(totals.added, totals.removed);
    std::string out = "**" + counted(files.size(), "file") + " changed" + (counts.empty() ? "" : ", " + counts) + "**";
    out += files.size() > 1 ? ": " + kinds(totals, files.size()) + "." + languages(order) : ".";
    const std::string_view what = nature(files);
    return what.empty() ? out : out + " " + std::string(what);
}

std::string unlisted(const std::vector<ListedFile>& order, std::size_t from) {
    std::size_t added = 0;
    std::size_t removed = 0;
    for (std::size_t i = from; i < order.size(); ++i) {
        added += order[i].facts->added;
        removed += order[i].facts->removed;
    }
    const std::string counts = line_counts(added, removed);
    return "- and " + grouped(order.size() - from) + " more " + plural("file", order.size() - from) +
           (counts.empty() ? "" : " (" + counts + ")") + ".\n";
}

/// Nothing that a description is made of differs; cheaper than to describe both.
bool same_events(const FileFacts& a, const FileFacts& b) {
    const auto of = [](const FileFacts& f) {
        return std::tie(f.kind, f.language.language, f.language.name, f.language.header, f.role, f.added, f.removed,
                        f.hunks, f.binary, f.mode_changed, f.malformed, f.whitespace_only, f.comments_only, f.names);
    };
    return a.moved_to.empty() && b.moved_to.empty() && of(a) == of(b);
}

/// How many files from `from` on had the very same happen to them, as in a change by search and replace.
std::size_t alike(const std::vector<ListedFile>& order, std::size_t from, const FileDescription& first) {
    std::size_t end = from + 1;
    const FileFacts& model = *order[from].facts;
    const auto like_first = [&](const ListedFile& file) {
        return file.old_path.empty() &&
               (same_events(*file.facts, model) || describe_file(*file.facts, order.size()) == first);
    };
    while (end < order.size() && like_first(order[end])) ++end;
    return end - from >= least_alike ? end - from : 1;
}

/// The file at `from`, or several from there on that are alike, as one line; moves `from` behind them.
std::string file_line(const std::vector<ListedFile>& order, std::size_t& from) {
    const ListedFile& file = order[from];
    FileDescription about = describe_file(*file.facts, order.size());
    const std::size_t number = file.old_path.empty() ? alike(order, from, about) : 1;
    std::string subject = file.old_path.empty() ? file.path : file.old_path + " → " + file.path;
    if (number > 1) {
        std::vector<std::string> paths;
        for (std::size_t i = from; i < from + number; ++i) paths.push_back(order[i].path);
        subject = listed(paths, 4);
        about = describe_file(*file.facts, order.size(), true);
    }
    from += number;
    return "- " + subject + about.label + ": " + about.events + ".\n";
}

std::string file_list(const std::vector<ListedFile>& order) {
    std::string out;
    std::size_t next = 0;
    for (std::size_t lines = 0; next < order.size() && lines < most_files && out.size() < longest_list; ++lines)
        out += file_line(order, next);
    return next < order.size() ? out + unlisted(order, next) : out;
}

std::string advice_list(const std::vector<ListedFile>& order) {
    std::string out = "**Look first at**\n";
    std::size_t number = 0;
    for (const std::string& advice : review_advice(order, most_advice))
        out += std::to_string(++number) + ". " + advice + "\n";
    return number == 0 ? std::string() : "\n" + out;
}

}  // namespace

std::string explain_facts(const std::vector<FileFacts>& files, bool truncated) {
    if (files.empty()) return "No file changed.\n";
    const std::vector<ListedFile> order = in_reading_order(files);
    std::string out = summary(files, order) + "\n\n" + file_list(order) + advice_list(order);
    if (truncated) out += "\n_The diff was cut at its length limit: counts and names cover the part that was kept._\n";
    return out;
}

std::string explain(const std::vector<FileChange>& changes, bool truncated) {
    return explain_facts(read_facts(changes), truncated);
}

}  // namespace lanekeeper::builtin

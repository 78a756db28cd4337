#include "runtime/builtin/advice_rules.hpp"

#include "runtime/builtin/text.hpp"

#include <array>

// The simple rules: signals in the added text, and the shape of the change as a whole.
namespace lanekeeper::builtin {

namespace {

constexpr std::size_t least_focus = 30;
constexpr std::size_t source_lines_that_want_tests = 10;

struct SignalAdvice {
    Urgency urgency;
    std::string_view what;
    std::string_view check;
};

// In the order of SignalKind.
constexpr std::array<SignalAdvice, signal_kinds> signal_advice{{
    {Urgency::broken, "A merge conflict is left", "resolve it before anything else"},
    {Urgency::broken, "What looks like a credential is added", "it must not live in the source"},
    {Urgency::irreversible, "Data is deleted", "check what this can reach and how to get it back"},
    {Urgency::behaviour, "A command or code is run from text", "check where that text comes from"},
    {Urgency::leftovers, "Tests are skipped or narrowed", "check that this is meant to stay"},
    {Urgency::behaviour, "Errors are caught or ignored wholesale", "check that none is lost"},
    {Urgency::hygiene, "A check is silenced", "check the reason"},
    {Urgency::behaviour, "The type system is stepped around", "check the reasoning"},
    {Urgency::hygiene, "A debugging aid is left", "take it out before the merge"},
    {Urgency::hygiene, "An open note is added", "decide whether it blocks this change"},
}};

/// Tests may do what production code should not.
bool is_fine_in_tests(SignalKind kind) {
    return kind == SignalKind::command || kind == SignalKind::swallowed || kind == SignalKind::unsafe ||
           kind == SignalKind::suppressed || kind == SignalKind::destructive || kind == SignalKind::secret;
}

bool is_hand_written(FileRole role) { return role != FileRole::lock && role != FileRole::generated; }

const FoundSignal* signal_in(const FileFacts& file, SignalKind kind) {
    if (!is_hand_written(file.role) || (file.role == FileRole::test && is_fine_in_tests(kind))) return nullptr;
    for (const FoundSignal& signal : file.signals)
        if (signal.kind == kind) return &signal;
    return nullptr;
}

void largest(const std::vector<ListedFile>& files, Advice& advice) {
    if (files.size() < 3) return;
    std::size_t all = 0;
    const ListedFile* top = nullptr;
    for (const ListedFile& file : files) {
        if (!is_hand_written(file.facts->role) || file.facts->kind == ChangeKind::deleted) continue;
        all += file.facts->lines();
        if (top == nullptr || file.facts->lines() > top->facts->lines()) top = &file;
    }
    if (top == nullptr || top->facts->lines() < least_focus || top->facts->lines() * 5 < all * 2) return;
    advice.add(Urgency::focus, top->path + " is the largest part: " + grouped(top->facts->lines()) + " of " +
                                   grouped(all) + " changed lines.");
}

/// Deleted and renamed source files: what pointed at them may still.
void leftovers(const std::vector<ListedFile>& files, Advice& advice) {
    std::vector<std::string> deleted;
    std::vector<std::string> renamed;
    for (const ListedFile& file : files) {
        const bool code_file = file.facts->role == FileRole::source || file.facts->role == FileRole::config ||
                               file.facts->role == FileRole::build;
        if (file.facts->kind == ChangeKind::deleted && code_file) deleted.push_back(file.path);
        if (!file.old_path.empty()) renamed.push_back(file.old_path);
    }
    if (!deleted.empty())
        advice.add(Urgency::leftovers, "Deleted: " + listed(deleted, 3) +
                                           ". Check imports, build lists and documents for " +
                                           (deleted.size() == 1 ? "what still names it." : "what still names them."));
    if (!renamed.empty())
        advice.add(Urgency::leftovers, "The old " + plural("path", renamed.size()) + " " + listed(renamed, 3) +
                                           ": check imports, build lists and links that still use " +
                                           (renamed.size() == 1 ? "it." : "them."));
}

/// What a diff cannot show.
void unseen(const std::vector<ListedFile>& files, Advice& advice) {
    std::vector<std::string> binary;
    std::vector<std::string> modes;
    for (const ListedFile& file : files) {
        if (file.facts->binary && file.facts->kind != ChangeKind::deleted) binary.push_back(file.path);
        if (file.facts->mode_changed) modes.push_back(file.path);
    }
    if (!modes.empty())
        advice.add(Urgency::leftovers, "The mode of " + listed(modes, 3) + " changes: check who may run " +
                                           (modes.size() == 1 ? "it." : "them."));
    if (!binary.empty())
        advice.add(Urgency::leftovers, "Binary: " + listed(binary, 3) + ". Open " +
                                           (binary.size() == 1 ? "it" : "them") + "; the diff shows nothing.");
}

bool changes_behaviour(const FileFacts& file) {
    return file.role == FileRole::source && !file.language.name.empty() && file.language.language != Language::plain &&
           file.kind != ChangeKind::deleted && !file.comments_only && !file.whitespace_only;
}

void missing_tests(const std::vector<ListedFile>& files, Advice& advice) {
    std::size_t source = 0;
    for (const ListedFile& file : files) {
        if (file.facts->role == FileRole::test && file.facts->kind != ChangeKind::deleted) return;
        // Rust and others keep tests beside the code.
        for (const TouchedName& name : file.facts->names)
            if (name.kind == NameKind::test && name.touch != Touch::removed) return;
        if (changes_behaviour(*file.facts)) source += file.facts->lines();
    }
    if (source >= source_lines_that_want_tests)
        advice.add(Urgency::hygiene, "No test changes along with these " + grouped(source) + " lines of source.");
}

void removed_tests(const std::vector<ListedFile>& files, Advice& advice) {
    std::vector<std::string> names;
    for (const ListedFile& file : files)
        for (const TouchedName& name : file.facts->names)
            if (name.kind == NameKind::test && name.touch == Touch::removed) names.push_back(code(name.name));
    if (!names.empty())
        advice.add(Urgency::leftovers, plural("Test", names.size()) + " gone: " + listed(names, 3) +
                                           ". Check that what " + (names.size() == 1 ? "it" : "they") +
                                           " covered still is.");
}

void configuration(const std::vector<ListedFile>& files, Advice& advice) {
    std::vector<std::string> config;
    std::vector<std::string> ci;
    for (const ListedFile& file : files) {
        if (file.facts->role == FileRole::config && file.facts->kind != ChangeKind::deleted)
            config.push_back(file.path);
        if (file.facts->role == FileRole::ci) ci.push_back(file.path);
        if (file.facts->role == FileRole::migration && file.facts->kind == ChangeKind::added)
            advice.add(Urgency::irreversible, "The new migration " + file.path +
                                                  ": check that it runs on the data that is there, and the way back.");
        if (file.facts->role == FileRole::migration && file.facts->kind != ChangeKind::added)
            advice.add(Urgency::irreversible, "The migration " + file.path +
                                                  " changes after the fact: where it has run, it will not run again.");
    }
    if (!ci.empty())
        advice.add(Urgency::behaviour, "CI changes in " + listed(ci, 3) + ": check that nothing stops being checked.");
    if (!config.empty())
        advice.add(Urgency::behaviour,
                   "Configuration changes in " + listed(config, 3) + ": check it against what is deployed.");
}

}  // namespace

void Advice::add(Urgency urgency, std::string sentence) { items_.push_back({urgency, std::move(sentence)}); }

std::vector<std::string> Advice::most_pressing(std::size_t most) const {
    std::vector<std::string> out;
    for (int urgency = 0; urgency <= static_cast<int>(Urgency::hygiene); ++urgency)
        for (const Item& item : items_)
            if (static_cast<int>(item.urgency) == urgency && out.size() < most) out.push_back(item.sentence);
    return out;
}

void advise_on_signals(const std::vector<ListedFile>& files, Advice& advice) {
    for (std::size_t kind = 0; kind < signal_kinds; ++kind) {
        std::vector<std::string> paths;
        std::string marker;
        for (const ListedFile& file : files)
            if (const FoundSignal* signal = signal_in(*file.facts, static_cast<SignalKind>(kind))) {
                if (paths.empty()) marker = signal->marker;
                paths.push_back(file.path);
            }
        if (paths.empty()) continue;
        const SignalAdvice& about = signal_advice[kind];
        advice.add(about.urgency, std::string(about.what) + " (" + code(marker) + ") in " + listed(paths, 3) + ": " +
                                      std::string(about.check) + ".");
    }
}

void advise_on_shape(const std::vector<ListedFile>& files, Advice& advice) {
    configuration(files, advice);
    largest(files, advice);
    leftovers(files, advice);
    removed_tests(files, advice);
    unseen(files, advice);
    missing_tests(files, advice);
}

}  // namespace lanekeeper::builtin

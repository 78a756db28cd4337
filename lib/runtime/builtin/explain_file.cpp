#include "runtime/builtin/listed_file.hpp"
#include "runtime/builtin/name_pairs.hpp"
#include "runtime/builtin/text.hpp"

#include <array>

namespace lanekeeper::builtin {

namespace {

// Names in one enumeration, of a change that one reads closely and of one that is too long for that.
constexpr std::size_t names_of_few = 6;
constexpr std::size_t names_of_many = 3;
constexpr std::size_t many_files = 12;
constexpr std::size_t longest_value = 32;

std::string_view noun_of(NameKind kind) {
    switch (kind) {
        case NameKind::function: return "function";
        case NameKind::type: return "type";
        case NameKind::test: return "test";
        case NameKind::heading: return "section";
        case NameKind::table: return "database object";
        case NameKind::setting: return "setting";
        case NameKind::dependency: return "dependency";
        case NameKind::target: return "target";
        case NameKind::import: return "import";
    }
    return "name";
}

constexpr std::array kinds_in_order{NameKind::type,    NameKind::function, NameKind::table,   NameKind::test,
                                    NameKind::heading, NameKind::target,   NameKind::setting, NameKind::dependency};

std::string_view role_word(const FileFacts& file) {
    switch (file.role) {
        case FileRole::source: return is_public_header(file.shown_path()) ? "header" : "";
        case FileRole::test: return "test";
        case FileRole::docs: return "documentation";
        case FileRole::config: return "configuration";
        case FileRole::ci: return "CI";
        case FileRole::dependencies: return "dependency manifest";
        case FileRole::lock: return "lock file";
        case FileRole::migration: return "migration";
        case FileRole::build: return "build";
        case FileRole::generated: return "generated";
    }
    return "";
}

std::string_view kind_word(const FileFacts& file) {
    if (!file.moved_to.empty()) return "renamed";
    if (file.kind == ChangeKind::added) return "new";
    if (file.kind == ChangeKind::deleted) return "deleted";
    return "";
}

/// "(new test, Python, +40)"
std::string label(const FileFacts& file, bool with_counts, bool each) {
    std::string out(kind_word(file));
    const std::string_view role = role_word(file);
    if (!role.empty()) out += (out.empty() ? "" : " ") + std::string(role);
    if (!file.language.name.empty()) out += (out.empty() ? "" : ", ") + std::string(file.language.name);
    const std::string counts = with_counts ? line_counts(file.added, file.removed) : std::string();
    if (!counts.empty()) out += (out.empty() ? "" : ", ") + counts + (each ? " each" : "");
    return out.empty() ? out : " (" + out + ")";
}

bool is_value(NameKind kind) { return kind == NameKind::setting || kind == NameKind::dependency; }

std::string changed_value(const TouchedName& name) {
    const bool shown = !name.before.empty() && !name.after.empty() && name.before != name.after &&
                       name.before.size() <= longest_value && name.after.size() <= longest_value;
    return shown ? code(name.name) + " from " + code(name.before) + " to " + code(name.after) : code(name.name);
}

std::string with_version(const TouchedName& name) {
    const bool shown = !name.after.empty() && name.after.size() <= longest_value;
    return shown ? code(name.name) + " " + code(name.after) : code(name.name);
}

/// Gathers what is to be said about one file, clause by clause.
class Description {
public:
    Description(const FileFacts& file, std::size_t most) : file_(file), most_(most) {
        for (const TouchedName& name : file.names) seen_[std::size_t(name.kind)] = true;
    }

    std::vector<std::string> clauses() {
        if (file_.binary) clauses_.push_back("binary content, not shown");
        if (file_.kind == ChangeKind::added) added();
        else if (file_.kind == ChangeKind::deleted) say("held", groups(Touch::removed));
        else modified();
        if (file_.mode_changed) clauses_.push_back("changes the file mode");
        const bool unreadable = file_.malformed && file_.lines() == 0;
        if (unreadable) clauses_.push_back("its diff cannot be read");
        if (clauses_.empty()) clauses_.push_back(without_names());
        if (file_.malformed && !unreadable)
            clauses_.push_back("its diff is malformed, so these numbers are an estimate");
        return clauses_;
    }

private:
    void say(std::string_view verb, const std::string& what) {
        if (!what.empty()) clauses_.push_back(std::string(verb) + " " + what);
    }

    /// Code spans of the names that `wanted` accepts, in the words of `write`.
    template <class Wanted, class Write>
    std::string names(Wanted wanted, Write write) const {
        std::vector<std::string> out;
        std::size_t total = 0;
        for (const TouchedName& name : file_.names)
            if (wanted(name) && ++total <= most_) out.push_back(write(name));
        return listed_of(out, total);
    }

    static bool any_kind(NameKind) { return true; }

    /// "types `A` and `B` and function `f`": the names with this touch, but imports and renamed ones.
    template <class Kinds = bool (*)(NameKind)>
    std::string groups(Touch touch, Kinds kinds = any_kind) const {
        std::vector<std::string> out;
        for (NameKind kind : kinds_in_order) {
            const bool elsewhere = kind == NameKind::dependency && file_.kind == ChangeKind::modified;
            if (elsewhere || !kinds(kind) || !seen_[std::size_t(kind)]) continue;
            std::vector<std::string> spans;
            std::size_t total = 0;
            for (const TouchedName& name : file_.names)
                if (name.kind == kind && name.touch == touch && !pairs_.has(name) && ++total <= most_)
                    spans.push_back(code(name.name));
            if (total > 0) out.push_back(plural(noun_of(kind), total) + " " + listed_of(spans, total));
        }
        return listed(out, out.size());
    }

    void added() {
        say("defines", groups(Touch::added));
        say("changes", groups(Touch::inside, [](NameKind kind) { return kind == NameKind::table; }));
    }

    void modified() {
        if (file_.whitespace_only) return clauses_.push_back("only white space changes");
        if (file_.comments_only) clauses_.push_back("only comments change");
        pairs_ = NamePairs(file_);
        for (const NamePair& pair : pairs_.all())
            say(pair.kind == NameKind::heading ? "retitles" : "renames", code(pair.before) + " to " + code(pair.after));
        say("adds", groups(Touch::added));
        say("removes", groups(Touch::removed));
        changed();
        dependencies();
        edited();
        say("moves within the file", groups(Touch::moved, [](NameKind kind) { return !is_value(kind); }));
        imports();
    }

    void changed() {
        const auto is_changed = [](const TouchedName& name) { return name.touch == Touch::changed; };
        const auto span = [](const TouchedName& name) { return code(name.name); };
        say("changes the signature of",
            names([&](const TouchedName& n) { return is_changed(n) && n.kind == NameKind::function; }, span));
        say("changes", groups(Touch::changed, [](NameKind k) { return !is_value(k) && k != NameKind::function; }));
        say("changes", names([&](const TouchedName& n) { return is_changed(n) && is_value(n.kind); }, changed_value));
    }

    void dependencies() {
        const auto wanted = [](Touch touch) {
            return
                [touch](const TouchedName& name) { return name.kind == NameKind::dependency && name.touch == touch; };
        };
        say("now depends on", names(wanted(Touch::added), with_version));
        say("no longer depends on", names(wanted(Touch::removed), [](const TouchedName& n) { return code(n.name); }));
    }

    void edited() {
        const auto inside = [](bool headings) {
            return [headings](const TouchedName& name) {
                return name.touch == Touch::inside && (name.kind == NameKind::heading) == headings;
            };
        };
        const auto span = [](const TouchedName& name) { return code(name.name); };
        say("edits inside", names(inside(false), span));
        say("edits the text below", names(inside(true), span));
    }

    void imports() {
        const auto wanted = [](Touch touch) {
            return [touch](const TouchedName& name) { return name.kind == NameKind::import && name.touch == touch; };
        };
        const auto span = [](const TouchedName& name) { return code(name.name); };
        const bool includes = file_.language.language == Language::c_family;
        say(includes ? "now includes" : "now imports", names(wanted(Touch::added), span));
        say(includes ? "no longer includes" : "no longer imports", names(wanted(Touch::removed), span));
    }

    std::string without_names() const {
        if (file_.role == FileRole::lock) return "as the package manager wrote it";
        if (file_.lines() == 0) return without_lines();
        if (file_.kind == ChangeKind::added) return counted(file_.added, "line");
        if (file_.kind == ChangeKind::deleted) return counted(file_.removed, "line") + " gone";
        const std::size_t places = file_.hunks > 0 ? file_.hunks : 1;
        return "changes " + counted(places, "place") + " outside any definition that the diff shows";
    }

    std::string without_lines() const {
        if (file_.kind == ChangeKind::added) return "empty";
        if (file_.kind == ChangeKind::deleted) return "it was empty";
        return file_.moved_to.empty() ? "no line changed" : "moved as it was";
    }

    const FileFacts& file_;
    std::size_t most_;
    std::array<bool, std::size_t(NameKind::import) + 1> seen_{};
    NamePairs pairs_;
    std::vector<std::string> clauses_;
};

}  // namespace

FileDescription describe_file(const FileFacts& file, std::size_t of_files, bool each) {
    const std::size_t most = of_files > many_files ? names_of_many : names_of_few;
    const std::vector<std::string> clauses = Description(file, most).clauses();
    FileDescription out{label(file, of_files > 1, each), {}};
    for (std::size_t i = 0; i < clauses.size(); ++i) out.events += (i > 0 ? "; " : "") + clauses[i];
    return out;
}

}  // namespace lanekeeper::builtin

#include "runtime/builtin/diff_facts.hpp"

#include "runtime/builtin/file_reader.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>

namespace lanekeeper::builtin {

namespace {

// The same look that git takes to tell binary from text.
constexpr std::size_t binary_look = 8000;
constexpr std::string_view file_mark = "diff --git ";

ChangeKind kind_of(std::string_view kind) {
    if (kind == "add") return ChangeKind::added;
    if (kind == "delete") return ChangeKind::deleted;
    return ChangeKind::modified;
}

bool is_patch_file(std::string_view path) { return path.ends_with(".diff") || path.ends_with(".patch"); }

/// Added and deleted files come as their text, but some senders give a diff all the same.
bool is_diff_of_whole_file(std::string_view path, std::string_view text) {
    if (is_patch_file(path)) return false;
    if (text.starts_with(file_mark) || text.starts_with("@@ -0,0 +") || text.starts_with("--- /dev/null\n"))
        return true;
    if (text.starts_with("--- ") && contains(text.substr(0, 2000), "\n+++ /dev/null")) return true;
    return text.starts_with("@@ -") && contains(text.substr(0, text.find('\n')), " +0,0 @@");
}

/// The path behind "diff --git a/… b/…", the new one.
std::string_view path_in_mark(std::string_view section) {
    const std::string_view line = section.substr(0, section.find('\n'));
    const std::size_t at = line.rfind(" b/");
    return at == std::string_view::npos ? std::string_view{} : trim(line.substr(at + 3));
}

FileFacts facts_about(const std::string& path, const std::string& moved_to, ChangeKind kind) {
    FileFacts facts;
    facts.path = path;
    facts.moved_to = moved_to == path ? std::string() : moved_to;
    facts.kind = kind;
    facts.language = language_of(facts.shown_path());
    facts.role = role_of(facts.shown_path());
    return facts;
}

void apply(const DiffNotes& notes, FileFacts& facts) {
    facts.hunks = notes.hunks;
    facts.binary = notes.binary && notes.hunks == 0;
    facts.mode_changed = notes.mode_changed;
    facts.malformed = notes.malformed;
    if (notes.added) facts.kind = ChangeKind::added;
    if (notes.deleted) facts.kind = ChangeKind::deleted;
    if (notes.renamed_from.empty() || notes.renamed_to.empty() || !facts.moved_to.empty()) return;
    facts.path = notes.renamed_from;
    facts.moved_to = notes.renamed_to;
}

FileFacts read_diff(FileFacts facts, std::string_view diff) {
    FileReader reader(facts.shown_path(), facts.language, facts.role);
    const DiffNotes notes = read_hunks(diff, reader);
    reader.finish(facts);
    apply(notes, facts);
    if (diff.empty()) facts.malformed = false;
    return facts;
}

FileFacts read_text(FileFacts facts, std::string_view text) {
    if (contains(text.substr(0, binary_look), std::string_view("\0", 1))) {
        facts.binary = true;
        return facts;
    }
    if (facts.language.name.empty()) facts.language = language_of_script(text.substr(0, text.find('\n')));
    FileReader reader(facts.shown_path(), facts.language, facts.role);
    const char sign = facts.kind == ChangeKind::deleted ? '-' : '+';
    LineReader lines(text);
    std::string_view line;
    while (lines.next(line)) reader.on_line(sign, line);
    reader.finish(facts);
    return facts;
}

std::size_t next_section(std::string_view diff, std::size_t from) {
    const std::size_t at = diff.find("\ndiff --git ", from);
    return at == std::string_view::npos ? diff.size() : at + 1;
}

/// A diff of several files, cut where each begins; text before the first (a mail, a commit message) is dropped.
void read_sections(const FileChange& change, std::vector<FileFacts>& out) {
    const std::string_view diff = change.diff;
    std::size_t at = diff.starts_with(file_mark) ? 0 : next_section(diff, 0);
    while (at < diff.size()) {
        const std::size_t end = next_section(diff, at);
        const std::string_view section = diff.substr(at, end - at);
        const std::string path(path_in_mark(section));
        out.push_back(read_diff(facts_about(path.empty() ? change.path : path, {}, ChangeKind::modified), section));
        at = end;
    }
}

bool has_several_files(std::string_view diff) {
    const std::size_t first = diff.starts_with(file_mark) ? 0 : next_section(diff, 0);
    return first < diff.size() && next_section(diff, first) < diff.size();
}

}  // namespace

std::vector<FileFacts> read_facts(const std::vector<FileChange>& changes) {
    std::vector<FileFacts> out;
    out.reserve(changes.size());
    for (const FileChange& change : changes) {
        const ChangeKind kind = kind_of(change.kind);
        FileFacts facts = facts_about(change.path, change.move_path, kind);
        const bool whole_text = kind != ChangeKind::modified && !is_diff_of_whole_file(change.path, change.diff);
        if (whole_text) out.push_back(read_text(std::move(facts), change.diff));
        else if (has_several_files(change.diff)) read_sections(change, out);
        else out.push_back(read_diff(std::move(facts), change.diff));
    }
    return out;
}

}  // namespace lanekeeper::builtin

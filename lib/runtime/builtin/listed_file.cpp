#include "runtime/builtin/listed_file.hpp"

#include "runtime/builtin/text.hpp"

#include <algorithm>

namespace lanekeeper::builtin {

namespace {

int reading_rank(FileRole role) {
    switch (role) {
        case FileRole::source:
        case FileRole::migration: return 0;
        case FileRole::dependencies:
        case FileRole::config:
        case FileRole::ci:
        case FileRole::build: return 1;
        case FileRole::test: return 2;
        case FileRole::docs: return 3;
        case FileRole::lock:
        case FileRole::generated: return 4;
    }
    return 4;
}

std::string_view folder_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash + 1);
}

/// The folders, with their last "/", that all these paths begin with.
std::string_view common_folder(const std::vector<FileFacts>& files) {
    std::string_view common = folder_of(files.front().path);
    for (const FileFacts& file : files) {
        for (std::string_view path : {std::string_view(file.path), std::string_view(file.shown_path())})
            while (!path.starts_with(common)) common = folder_of(common.substr(0, common.size() - 1));
    }
    return common;
}

/// How much of the front of absolute paths is noise: all common folders but the last two.
std::size_t noise_length(const std::vector<FileFacts>& files) {
    if (files.empty() || !files.front().path.starts_with('/')) return 0;
    std::string_view common = common_folder(files);
    for (int kept = 0; kept < 2 && common.size() > 1; ++kept) common = folder_of(common.substr(0, common.size() - 1));
    return common.size();
}

std::string shown(std::string_view path, std::size_t noise) {
    if (path.empty()) return "a file without a path";
    return code(path.size() > noise ? path.substr(noise) : path);
}

}  // namespace

std::vector<ListedFile> in_reading_order(const std::vector<FileFacts>& files) {
    const std::size_t noise = noise_length(files);
    std::vector<ListedFile> out;
    out.reserve(files.size());
    for (const FileFacts& file : files) {
        const std::string old_path = file.moved_to.empty() ? std::string() : shown(file.path, noise);
        out.push_back({&file, shown(file.shown_path(), noise), old_path});
    }
    std::sort(out.begin(), out.end(), [](const ListedFile& a, const ListedFile& b) {
        const int left = reading_rank(a.facts->role);
        const int right = reading_rank(b.facts->role);
        if (left != right) return left < right;
        if (a.facts->lines() != b.facts->lines()) return a.facts->lines() > b.facts->lines();
        return a.facts < b.facts;  // one vector: the order in which they came
    });
    return out;
}

std::string line_counts(std::size_t added, std::size_t removed) {
    std::string out;
    if (added > 0) out = "+" + grouped(added);
    if (removed > 0) out += (out.empty() ? "−" : " −") + grouped(removed);
    return out;
}

}  // namespace lanekeeper::builtin

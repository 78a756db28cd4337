#pragma once

#include "runtime/builtin/diff_facts.hpp"
#include "runtime/builtin/hunk_reader.hpp"
#include "runtime/builtin/name_ledger.hpp"
#include "runtime/builtin/scope.hpp"

#include <cstdint>
#include <string_view>

namespace lanekeeper::builtin {

/// Hears the lines of one file's diff and gathers its facts. The diff must outlive the reader.
class FileReader : public DiffListener {
public:
    FileReader(std::string_view path, LanguageOf language, FileRole role);

    void on_hunk(std::string_view context) override;
    void on_line(char sign, std::string_view text) override;

    /// Writes counts, names and signals into `facts`.
    void finish(FileFacts& facts) const;

private:
    std::optional<Definition> definition_of(const SourceLine& line, char sign) const;
    std::optional<Definition> underlined_title(const SourceLine& line, char sign) const;
    void note(const Definition& definition, char sign, std::string_view line);
    void changed_line(char sign, const SourceLine& line, std::string_view whole);
    void compare_text(char sign, std::string_view text);
    bool in_code_fence(std::string_view text);

    std::string_view path_;
    LanguageOf language_;
    FileRole role_;
    Scope scope_;
    NameLedger names_;
    SignalFinder signals_;
    std::size_t added_ = 0;
    std::size_t removed_ = 0;
    std::uint64_t old_text_;
    std::uint64_t new_text_;
    bool only_comments_ = true;
    bool fenced_ = false;
    bool fence_known_ = true;     ///< false until a hunk has shown its first fence
    std::string_view old_title_;  ///< the last line of each side, which an underline would make a heading
    std::string_view new_title_;
};

}  // namespace lanekeeper::builtin

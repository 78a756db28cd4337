#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Small words about text that the built-in runtime is written in. All pure; views point into their argument.
namespace lanekeeper::builtin {

/// ASCII letters, digits, underscore and every byte above ASCII (so UTF-8 identifiers stay whole).
bool is_word(char c);
bool is_digit(char c);
bool is_space(char c);

std::string_view trim(std::string_view text);
std::string_view trim_right(std::string_view text);

/// The leading run of word characters, possibly empty.
std::string_view leading_word(std::string_view text);

/// True when `text` begins with `word` and the word ends there.
bool begins_with_word(std::string_view text, std::string_view word);

/// Removes `word` and the blanks behind it from the front; false (and no change) when it is not there.
bool take_word(std::string_view& text, std::string_view word);

/// What stands in double, single or back quotes at the front of `text`, without the quotes; never empty.
std::optional<std::string_view> leading_string(std::string_view text);

/// At most `max_bytes` bytes, never ending inside a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t max_bytes);

/// ASCII lower case.
std::string lower(std::string_view text);

bool equals_ignoring_case(std::string_view a, std::string_view b);
bool contains(std::string_view text, std::string_view part);
bool is_one_of(std::span<const std::string_view> words, std::string_view word);

/// Hands out lines without their "\n" or "\r\n"; a last line without an end counts, an empty rest does not.
class LineReader {
public:
    explicit LineReader(std::string_view text) : rest_(text) {}
    bool next(std::string_view& line);

    /// The line that next() would give, without taking it; empty at the end.
    std::string_view peek() const;

private:
    std::string_view rest_;
};

std::size_t count_lines(std::string_view text);

/// 1234567 as "1,234,567".
std::string grouped(std::size_t number);

/// "1 file", "3 files", "2 classes".
std::string counted(std::size_t number, std::string_view noun);
std::string plural(std::string_view noun, std::size_t number);

/// A Markdown code span around exactly this text, cut (outside the span) when very long.
std::string code(std::string_view text);

/// Text for a quotation: white space runs become one blank, cut with an ellipsis at `max_bytes`.
std::string quoted(std::string_view text, std::size_t max_bytes);

/// "a", "a and b", "a, b and c"; with more than `most`: "a, b and 7 more".
std::string listed(const std::vector<std::string>& items, std::size_t most);

/// The same when only the first of `total` items are at hand.
std::string listed_of(const std::vector<std::string>& items, std::size_t total);

}  // namespace lanekeeper::builtin

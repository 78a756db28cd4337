#pragma once
#include "base/json.hpp"
#include "web/with.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace lanekeeper::web {

/// One name that a route reads from its query: what the readers of web/input.hpp check it with, and what proto/ says
/// of it. All text has static storage.
struct QueryParameter {
    /// word: one of `words`. flag: true, false, 1 or 0. duration: true, false, or a time such as 30s, 500ms, 2m, 5.
    enum class Form { text, word, flag, number, duration };

    std::string_view name;
    Form form = Form::text;
    std::string_view about = {};     // one line, for authors of clients
    std::string_view words = {};     // separated by ", "
    std::int64_t least = 0;     // of a number; of a text: characters
    std::int64_t most = 0;      // the same; 0: no bound
    std::int64_t otherwise = -1;    // the number that stands for none; -1: none does
    std::string_view otherwise_word = {};

    constexpr QueryParameter from_to(std::int64_t smallest, std::int64_t largest) const {
        return with(with(*this, &QueryParameter::least, smallest), &QueryParameter::most, largest);
    }
    constexpr QueryParameter of(std::string_view allowed) const { return with(*this, &QueryParameter::words, allowed); }
    constexpr QueryParameter or_else(std::string_view word) const { return with(*this, &QueryParameter::otherwise_word, word); }
};

using Query = std::span<const QueryParameter>;

/// `?limit=` of a list, and `?cursor=` beside it.
constexpr QueryParameter page_limit(std::size_t otherwise, std::size_t largest) {
    QueryParameter limit{"limit", QueryParameter::Form::number, "how many at most in one reply"};
    limit.otherwise = std::int64_t(otherwise);
    return limit.from_to(1, std::int64_t(largest));
}
inline constexpr QueryParameter page_cursor{"cursor", QueryParameter::Form::text,
                                            "the nextCursor of an earlier reply: what comes after it; empty is the beginning"};

/// {name, schema, default, about}: the schema is of the decoded text.
json::object to_json(const QueryParameter& parameter);

/// What of a query the route listed. Handlers see nothing else, so that what they read is what proto/ says.
std::map<std::string, std::string> listed_only(std::map<std::string, std::string> query, Query listed);

}  // namespace lanekeeper::web

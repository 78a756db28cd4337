#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lanekeeper::web {

// The head of a request, read by rules stricter than the library's, before it sees a byte: what two readers of one
// connection could understand differently (request smuggling) is refused, never repaired. Pure.

/// One request line and its header fields. Views into the block that was read.
struct HttpHead {
    std::string_view method;
    std::string_view target;
    int minor = 1;  // HTTP/1.x
    std::vector<std::pair<std::string_view, std::string_view>> fields;  // values without surrounding blanks
    std::optional<std::uint64_t> content_length;
    bool chunked = false;

    /// The first of that name, whatever its case; empty without one.
    std::string_view field(std::string_view name) const;
    bool has(std::string_view name) const;
    bool has_body() const { return chunked || content_length.value_or(0) > 0; }
    /// True when a comma-separated field has this word.
    bool lists(std::string_view name, std::string_view word) const;
    bool keep_alive() const;
};

/// Why a head is refused: its status (400, 414, 431) and a sentence.
struct HeadFault {
    int status = 400;
    std::string reason;
};

/// How far a head has come in the bytes received so far. Neither a size nor a fault: more is needed.
struct HeadScan {
    std::size_t size = 0;  // of the whole block, its empty line included
    std::optional<HeadFault> fault;
};

/// Looks for the end of the head and for what makes it hopeless already: over a limit, no text, a lone LF or CR.
HeadScan scan_head(std::string_view received);

/// Reads a whole block as `scan_head` found it.
struct HeadResult {
    HttpHead head;
    std::optional<HeadFault> fault;
};
HeadResult read_head(std::string_view block);

bool same_word(std::string_view a, std::string_view b);  // ASCII letters of any case

}  // namespace lanekeeper::web

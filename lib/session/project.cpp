#include "session/project.hpp"

#include "base/members.hpp"

#include <cstdint>

namespace lanekeeper::session {

using namespace members;
namespace {

std::uint32_t lower(std::uint32_t c) {
    auto between = [c](std::uint32_t first, std::uint32_t last) { return c >= first && c <= last; };
    if (between('A', 'Z')) return c + 32;
    if (between(0xC0, 0xDE) && c != 0xD7) return c + 32;
    if (between(0x100, 0x137) || between(0x14A, 0x177)) return c | 1;
    if (between(0x139, 0x148) || between(0x179, 0x17E)) return c % 2 == 1 ? c + 1 : c;
    if (between(0x391, 0x3A9) && c != 0x3A2) return c + 32;
    if (between(0x410, 0x42F)) return c + 32;
    if (between(0x400, 0x40F)) return c + 80;
    return c;
}

/// Two-byte sequences carry all letters that `lower` knows beyond ASCII.
bool two_bytes(std::string_view text, std::size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xE0) == 0xC0 && at + 1 < text.size();
}

void append(std::string& out, std::uint32_t c) {
    if (c < 0x80) {
        out += char(c);
        return;
    }
    out += char(0xC0 | (c >> 6));
    out += char(0x80 | (c & 0x3F));
}

}  // namespace

json::object to_json(const Project& project) {
    return {{"projectId", project.id},
            {"name", project.name},
            {"workingDirectory", or_null(project.working_directory)},
            {"createdAt", iso(project.created_at)},
            {"updatedAt", iso(project.updated_at)}};
}

Project project_from_json(const json::object& object) {
    Project project;
    project.id = text(object, "projectId");
    project.name = text(object, "name");
    project.working_directory = text_or_nothing(object, "workingDirectory");
    project.created_at = parse_iso(text(object, "createdAt")).value_or(WallTime{});
    project.updated_at = parse_iso(text(object, "updatedAt")).value_or(WallTime{});
    return project;
}

std::string folded_name(std::string_view name) {
    std::string folded;
    for (std::size_t i = 0; i < name.size(); ++i) {
        auto byte = static_cast<unsigned char>(name[i]);
        if (byte < 0x80) append(folded, lower(byte));
        else if (two_bytes(name, i)) append(folded, lower((byte & 0x1Fu) << 6 | (static_cast<unsigned char>(name[++i]) & 0x3Fu)));
        else folded += name[i];
    }
    return folded;
}

}  // namespace lanekeeper::session

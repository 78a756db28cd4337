#pragma once
#include "base/json.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lanekeeper::session {

/// A workspace of chats (api.md 3).
struct Project {
    Project() = default;
    std::string id;
    std::string name;
    std::optional<std::string> working_directory;
    WallTime created_at{};
    WallTime updated_at{};
};

json::object to_json(const Project& project);  // stored and sent alike
Project project_from_json(const json::object& object);

/// What two names that count as the same share: case does not count, for Latin, Greek and Cyrillic letters.
std::string folded_name(std::string_view name);

}  // namespace lanekeeper::session

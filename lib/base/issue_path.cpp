#include "base/issue_path.hpp"

#include <fmt/format.h>

namespace lanekeeper {

std::string path_text(const json::array& path) {
    std::string text;
    for (const auto& step : path) {
        if (const auto* index = step.if_int64()) text += fmt::format("[{}]", *index);
        else text += (text.empty() ? "" : ".") + std::string(step.get_string());
    }
    return text;
}

}  // namespace lanekeeper

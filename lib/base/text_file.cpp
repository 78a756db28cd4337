#include "base/text_file.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace lanekeeper {

std::string read_text_file(const std::string& path, std::uintmax_t largest) {
    std::error_code failure;
    auto size = std::filesystem::file_size(path, failure);
    if (failure) throw std::invalid_argument("the file cannot be read: " + failure.message());
    if (size > largest) throw std::invalid_argument(fmt::format("the file must have at most {} bytes", largest));
    std::ifstream file(path, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    if (!file) throw std::invalid_argument("the file cannot be read");
    return text;
}

}  // namespace lanekeeper

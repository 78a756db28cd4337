#include "async/process/environment.hpp"

#include <algorithm>

#include <unistd.h>

namespace lanekeeper {
namespace {

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

}  // namespace

std::vector<std::string> own_environment() {
    std::vector<std::string> entries;
    for (char** entry = environ; entry && *entry; ++entry) entries.emplace_back(*entry);
    return entries;
}

std::vector<std::string> only_named(const std::vector<std::string>& entries, std::initializer_list<std::string_view> names) {
    std::vector<std::string> chosen;
    for (const auto& entry : entries)
        if (std::find(names.begin(), names.end(), name_of(entry)) != names.end()) chosen.push_back(entry);
    return chosen;
}

std::string value_of(const std::vector<std::string>& entries, std::string_view name) {
    for (const auto& entry : entries)
        if (name_of(entry) == name && entry.size() > name.size()) return entry.substr(name.size() + 1);
    return {};
}

}  // namespace lanekeeper

#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

/// This process's environment as NAME=value.
std::vector<std::string> own_environment();

/// Those of these entries (NAME=value) that have one of these names.
std::vector<std::string> only_named(const std::vector<std::string>& entries, std::initializer_list<std::string_view> names);

/// The value of that name among the entries; empty when it is not there.
std::string value_of(const std::vector<std::string>& entries, std::string_view name);

}  // namespace lanekeeper

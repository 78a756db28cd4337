#pragma once
// Compiled once for all folders: what nearly every source includes anyway. Sources name what they use all the same.
#include <boost/json.hpp>
#include <boost/system/result.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#pragma once
// Private to the settings sources: what one line of the table is made of.
#include "base/settings.hpp"

#include <functional>
#include <string_view>

namespace lanekeeper {

/// One setting. `parse` says whether the text fits the rule, and only then stores it; `print` is its inverse.
struct SettingRow {
    std::string name;
    std::string rule;  // completes "must be …"
    std::string meaning;
    std::function<bool(Settings&, std::string_view)> parse;
    std::function<std::string(const Settings&)> print;
    bool secret = false;
};

/// The table: every setting once, in the order in which people read them.
const std::vector<SettingRow>& settings_table();

/// What holds between settings, each broken rule as an issue whose path is the setting to change.
std::vector<Issue> broken_relations(const Settings& settings);

bool is_ip_address(std::string_view text);
bool is_loopback(std::string_view address);

}  // namespace lanekeeper

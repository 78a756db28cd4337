#include "agents/control_change.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace lanekeeper {
namespace {

std::string model_word(const std::optional<std::string>& model) { return model.value_or("runtime default"); }

void compare(std::vector<std::string>& changes, const char* name, const std::string& before, const std::string& after) {
    if (before != after) changes.push_back(fmt::format("{}: {} → {}", name, before, after));
}

}  // namespace

session::Controls apply_change(const session::Controls& before, const ControlChange& wanted) {
    auto after = before;
    if (wanted.model) after.model = *wanted.model;
    if (wanted.approval_policy) after.approval_policy = *wanted.approval_policy;
    if (wanted.network_access) after.network_access = *wanted.network_access;
    if (wanted.filesystem_sandbox) after.filesystem_sandbox = *wanted.filesystem_sandbox;
    if (wanted.settings) after.settings = *wanted.settings;
    after.settings = session::overlay(after.settings, wanted.settings_over);
    if (wanted.settings_without) after.settings.erase(*wanted.settings_without);
    return after;
}

std::string describe_change(const session::Controls& before, const session::Controls& after) {
    std::vector<std::string> changes;
    compare(changes, "model", model_word(before.model), model_word(after.model));
    compare(changes, "approvalPolicy", before.approval_policy, after.approval_policy);
    compare(changes, "networkAccess", before.network_access, after.network_access);
    compare(changes, "filesystemSandbox", before.filesystem_sandbox, after.filesystem_sandbox);
    if (before.settings != after.settings) changes.emplace_back("settings changed");
    if (changes.empty()) return "nothing changed";
    return fmt::format("{}", fmt::join(changes, "; "));
}

std::string change_details(const ControlChange& wanted, const std::optional<std::string>& anchor) {
    json::object details{{"scope", to_word(wanted.scope)}};
    if (anchor) details["anchorItemId"] = *anchor;
    if (!wanted.actor.empty()) details["actor"] = wanted.actor;
    if (!wanted.source.empty()) details["source"] = wanted.source;
    return json::serialize(details);
}

}  // namespace lanekeeper

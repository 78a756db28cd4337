#include "web/mask.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace lanekeeper::web {
namespace {

constexpr int deepest = 200;  // what is nested deeper is masked whole

std::string lower(std::string_view text) {
    std::string lowered(text);
    for (char& c : lowered)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return lowered;
}

/// `set` is what a shell_environment_policy gives to commands.
bool names_a_secret(std::string_view name, const json::value& value) {
    constexpr std::array words = {"token", "api_key", "apikey", "api-key", "headers", "password", "passwd", "secret", "credential", "authorization"};
    auto lowered = lower(name);
    bool speaks = std::any_of(words.begin(), words.end(), [&](const char* word) { return lowered.find(word) != std::string::npos; });
    bool key = lowered.ends_with("key") || lowered.ends_with("keys");
    return speaks || key || lowered == "env" || (lowered == "set" && value.is_object());
}

void mask(json::value& value, bool secret, int depth) {
    if (depth > deepest) value = masked_text;
    else if (value.is_string() && secret) value = masked_text;
    else if (value.is_array())
        for (auto& item : value.get_array()) mask(item, secret, depth + 1);
    else if (value.is_object())
        for (auto& member : value.get_object()) mask(member.value(), secret || names_a_secret(member.key(), member.value()), depth + 1);
}

}  // namespace

json::value masked(json::value config) {
    mask(config, false, 0);
    return config;
}

}  // namespace lanekeeper::web

#pragma once
#include "runtime/scripted/script.hpp"

#include <string>
#include <utility>

namespace lanekeeper::testing {

inline scripted::TurnScript saying(std::string text) {
    scripted::TurnScript script;
    script.text = std::move(text);
    return script;
}

inline scripted::TurnScript hanging() {
    scripted::TurnScript script;
    script.end = scripted::TurnScript::End::hang;
    return script;
}

}  // namespace lanekeeper::testing

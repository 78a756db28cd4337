#pragma once
#include "async/process/environment.hpp"
#include "runtime/codex/server_options.hpp"
#include "support/real_stage.hpp"

#include <string>
#include <vector>

namespace lanekeeper::codex {

/// The app server of tests/support/fake_app_server.py, with short deadlines.
inline ServerOptions fake_server(std::vector<std::string> flags = {}) {
    using namespace std::chrono_literals;
    ServerOptions options;
    options.command.path = "/usr/bin/env";
    options.command.arguments = {"python3", LANEKEEPER_SOURCE_DIR "/tests/support/fake_app_server.py"};
    for (auto& flag : flags) options.command.arguments.push_back(std::move(flag));
    options.command.environment = own_environment();
    options.first_pause = 20ms;
    options.longest_pause = 100ms;
    options.end_within = 200ms;
    return options;
}

using testing::RealStage;

}  // namespace lanekeeper::codex

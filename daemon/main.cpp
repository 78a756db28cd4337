#include "daemon/app.hpp"
#include "daemon/options.hpp"
#include "daemon/process.hpp"

#include "agents/agent_policy.hpp"
#include "base/log.hpp"
#include "jobs/catalogue.hpp"
#include "queue/executors.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace lanekeeper;

constexpr int bad_usage = 64;    // EX_USAGE of sysexits.h
constexpr int bad_config = 78;   // EX_CONFIG

int say(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    return 0;
}

int refuse(int code, const Problem& problem) {
    fmt::print(stderr, "lanekeeperd: {}\n", problem.message);
    return code;
}

/// What settings name and what is read at start.
Result<Settings> with_good_files(Settings settings) {
    try {
        load_agent_policies(settings.runtime.agents_dir);
        load_executors(settings.runtime.executors_file, job_types());
    } catch (const std::runtime_error& error) {
        return Problem("invalid_setting", error.what());
    }
    return settings;
}

int act(const Options& options) {
    if (options.action == Options::Action::help) return say(usage());
    if (options.action == Options::Action::version) return say("lanekeeperd " LANEKEEPER_VERSION "\n");
    auto settings = load_settings(options);
    if (!settings) return refuse(bad_config, settings.error());
    if (options.action == Options::Action::print_config) return say(print_settings(*settings));
    settings = with_good_files(*settings);
    if (!settings) return refuse(bad_config, settings.error());
    if (options.action == Options::Action::check_config) return say("the settings are fine\n");
    return serve(*settings);
}

}  // namespace

int main(int argc, char** argv) {
    auto options = read_options(std::vector<std::string>(argv + 1, argv + argc));
    return options ? act(*options) : refuse(bad_usage, options.error());
}

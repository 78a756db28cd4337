#pragma once
#include "base/settings.hpp"
#include "daemon/options.hpp"

namespace lanekeeper {

/// The environment and the file that the command line names, read and checked.
Result<Settings> load_settings(const Options& options);

/// Runs the daemon until a signal stops it. SIGTERM and SIGINT stop it politely, a second one hurries (queue.md 7).
/// → the exit status: 0 after a clean stop, 1 when it could not start, 3 when the stop left something behind.
int serve(const Settings& settings);

}  // namespace lanekeeper

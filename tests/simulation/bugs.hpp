#pragma once
#include <string>

namespace lanekeeper::simulation {

/// Plays seeds with each of the named bugs of base/test_bugs.hpp until it is noticed, then `without` seeds with none. 0:
/// every bug was noticed within `seeds` seeds, by the promise that it breaks, and no promise was broken without one.
int notice_bugs(int seeds, int without);

/// False, with a word about it, when there is no such bug in this build.
bool switch_on(const std::string& bug);

}  // namespace lanekeeper::simulation

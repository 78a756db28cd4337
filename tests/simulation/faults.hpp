#pragma once
#include "simulation/rules.hpp"

#include <optional>

namespace lanekeeper::simulation {

/// Where in a commit the process dies.
enum class CrashPoint { before_commit, before_publish, before_answer };

/// What the world does to the store: slowness, failures, and death at a chosen commit. Healed, it does nothing any more.
class Faults {
public:
    explicit Faults(Random& random) : random_(random) {}

    /// Decides, for a process that begins now, whether and at which of its commits it dies.
    void new_life();
    void heal() { healed_ = true; }
    bool healed() const { return healed_; }

    Millis delay_before();
    Millis delay_after();
    Millis read_delay();
    /// From now on every commit fails for so long, as on a full disk.
    void begin_outage(MonoTime now, Millis length) { outage_until_ = now + length; }
    bool fails(MonoTime now);
    /// Asked once a commit: it dies here.
    std::optional<CrashPoint> crash();

private:
    Random& random_;
    bool healed_ = false;
    MonoTime outage_until_{};
    std::optional<int> commits_to_live_;
};

}  // namespace lanekeeper::simulation

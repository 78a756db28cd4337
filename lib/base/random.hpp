#pragma once
#include <cstdint>
#include <random>

namespace lanekeeper {

/// Where chance comes from: ids, jitter. Injected, so that a seed replays a run. Not thread-safe unless it says so.
class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
    /// Evenly in [0, bound); bound > 0.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
};

/// A seeded sequence, for simulations and tests.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_;
};

/// The operating system's entropy. Safe to call from any thread.
class SystemRandom final : public Random {
public:
    std::uint64_t next() override;
};

}  // namespace lanekeeper

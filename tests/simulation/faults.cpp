#include "simulation/faults.hpp"

namespace lanekeeper::simulation {

void Faults::new_life() {
    commits_to_live_.reset();
    outage_until_ = MonoTime{};
    if (healed_ || one_in(random_, 4)) return;
    commits_to_live_ = int(random_.below(one_in(random_, 3) ? 12 : 250));
}

Millis Faults::delay_before() {
    auto dice = random_.below(20);
    if (dice < 12) return Millis{0};
    return dice < 19 ? some_ms(random_, 1, 10) : some_ms(random_, 10, longest_answer.count());
}

Millis Faults::delay_after() { return one_in(random_, 4) ? delay_before() : Millis{0}; }

Millis Faults::read_delay() { return one_in(random_, 8) ? some_ms(random_, 1, 20) : Millis{0}; }

bool Faults::fails(MonoTime now) {
    if (healed_) return false;
    return now < outage_until_ || one_in(random_, 150);
}

std::optional<CrashPoint> Faults::crash() {
    if (healed_ || !commits_to_live_ || --*commits_to_live_ > 0) return {};
    commits_to_live_.reset();
    return CrashPoint(random_.below(3));
}

}  // namespace lanekeeper::simulation

#include "runtime/scripted/script.hpp"

namespace lanekeeper::scripted {
namespace {

bool one_in(Random& random, std::uint64_t n) { return random.below(n) == 0; }

Millis some_ms(Random& random, std::uint64_t bound) { return Millis{std::int64_t(random.below(bound))}; }

TurnScript::End random_end(Random& random) {
    auto dice = random.below(100);
    if (dice < 70) return TurnScript::End::reply;
    if (dice < 82) return TurnScript::End::fail;
    if (dice < 95) return TurnScript::End::hang;
    return TurnScript::End::die;
}

}  // namespace

TurnScript random_script(Random& random) {
    TurnScript script;
    if (one_in(random, 30)) script.start = TurnScript::Start::unavailable;
    else if (one_in(random, 60)) script.start = TurnScript::Start::refuse;
    if (one_in(random, 3)) script.answer_after = some_ms(random, 300);
    if (one_in(random, 3)) script.started_after = some_ms(random, 300);
    script.end = random_end(random);
    script.ends_after = some_ms(random, one_in(random, 8) ? 20'000 : 1'000);
    script.ignores_interrupt = one_in(random, 6);
    script.refused_interrupts = one_in(random, 5) ? int(random.below(3)) : 0;
    script.interrupt_takes = some_ms(random, one_in(random, 6) ? 3'000 : 50);
    script.restarts = one_in(random, 8) ? int(1 + random.below(2)) : 0;
    script.duplicate = one_in(random, 5);
    script.reorder = one_in(random, 5);
    script.silent = one_in(random, 10);
    script.down_for = some_ms(random, 5'000);
    script.after_death = TurnScript::AfterDeath(random.below(3));
    return script;
}

Chooser choose_at_random(Random& random) {
    return [&random](const TurnRequest&) { return random_script(random); };
}

}  // namespace lanekeeper::scripted

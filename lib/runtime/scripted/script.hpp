#pragma once
#include "base/random.hpp"
#include "base/time.hpp"
#include "runtime/runtime.hpp"

#include <functional>
#include <string>

namespace lanekeeper::scripted {

/// What one turn of the scripted runtime does. The default replies after 50 ms and behaves.
struct TurnScript {
    enum class Start { answer, refuse, unavailable };
    enum class End { reply, fail, hang, die };
    enum class AfterDeath { interrupted, absent, completed };

    Start start = Start::answer;  // refuse: invalid_params; unavailable: RuntimeUnavailable, nothing was started
    Millis answer_after{0};       // until `start_turn` returns
    Millis started_after{0};      // from then until turn/started; before it, interrupts are refused
    End end = End::reply;
    Millis ends_after{50};        // from turn/started
    std::string text = "ok";      // the reply
    std::string error = "scripted failure";

    bool ignores_interrupt = false;  // accepts it and goes on
    int refused_interrupts = 0;      // so many are refused (invalid_state) even after turn/started
    Millis interrupt_takes{10};
    int restarts = 0;                // so many times it goes on by itself, under its id, after obeying an interrupt

    bool duplicate = false;  // every notice comes twice
    bool reorder = false;    // the last notices come in reverse: turn/completed before the item that it completes
    bool silent = false;     // no notices at all; reads tell the truth

    Millis down_for{2000};  // die: for so long the runtime is unavailable for everybody
    AfterDeath after_death = AfterDeath::interrupted;  // what is read of this turn after a death
};

/// Chooses the script of a turn. Called on the runtime's strand, once a turn that was asked for.
using Chooser = std::function<TurnScript(const TurnRequest& request)>;

/// A script by chance: mostly good replies, and some of everything above. The same sequence of numbers, the same script.
TurnScript random_script(Random& random);

/// Every turn by chance; `random` is used on the runtime's strand.
Chooser choose_at_random(Random& random);

}  // namespace lanekeeper::scripted

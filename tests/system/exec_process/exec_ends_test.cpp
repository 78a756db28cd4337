// Commands that are to end: nothing of them is left.
#include "exec_rig.hpp"
#include "support/catch.hpp"

#include <cerrno>
#include <csignal>
#include <filesystem>

#include <sys/wait.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

/// Starts something of its own, says both numbers, and waits.
std::string family(const ExecRig& rig, const std::string& first = "") {
    return first + "sleep 1000 & echo $! > " + rig.dir.file("child") + "; echo $$ > " + rig.dir.file("pid") + "; wait; wait; wait";
}

std::size_t open_files() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
}

bool no_children_left() { return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

}  // namespace

TEST_CASE("a cancel ends a command and what it has started") {
    ExecRig rig;
    rig.declare_script(family(rig));
    auto job = rig.submit();
    auto child = rig.number_in("child"), pid = rig.number_in("pid");
    CHECK_FALSE(ExecRig::dead(child));
    auto ended = rig.cancel(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(*ended.error == "user");
    CHECK(ExecRig::dead(pid));
    rig.stage.until([&] { return ExecRig::dead(child); });
    CHECK(no_children_left());
}

TEST_CASE("a command is asked first, and has a moment to tidy up") {
    ExecRig rig;
    rig.declare_script("trap 'echo 1 > " + rig.dir.file("tidied") + "; exit 0' TERM; " + family(rig));
    auto job = rig.submit();
    rig.number_in("pid");
    CHECK(rig.cancel(job).state == JobState::canceled);
    CHECK(rig.number_in("tidied") == 1);
    CHECK(no_children_left());
}

TEST_CASE("a command that does not want to end is killed, with its kin") {
    ExecRig rig;
    rig.declare_script(family(rig, "trap '' TERM; "));
    auto job = rig.submit();
    auto child = rig.number_in("child"), pid = rig.number_in("pid");
    CHECK(rig.cancel(job).state == JobState::canceled);
    CHECK(*rig.look(job).error == "user");  // not given up: it is gone
    CHECK(ExecRig::dead(pid));
    rig.stage.until([&] { return ExecRig::dead(child); });
    CHECK(no_children_left());
}

TEST_CASE("a command that takes too long ends as a timeout, which is tried again") {
    ExecRig rig;
    rig.declare_script("[ $LANEKEEPER_RUN = 2 ] && exit 0; " + family(rig));
    auto wanted = rig.to_run();
    wanted.timeout = Millis{1000};
    auto job = rig.run(wanted);
    CHECK(job.state == JobState::completed);
    CHECK(job.run == 2);
    CHECK(ExecRig::dead(rig.number_in("pid")));
    CHECK(no_children_left());
}

TEST_CASE("a stop ends commands, and their jobs wait with their attempts given back") {
    ExecRig rig;
    rig.declare_script(family(rig));
    auto job = rig.submit();
    auto child = rig.number_in("child"), pid = rig.number_in("pid");
    rig.stop();
    CHECK(rig.queue.left_over().empty());
    CHECK(ExecRig::dead(pid));
    rig.stage.until([&] { return ExecRig::dead(child); });
    auto waiting = rig.look(job);
    CHECK(waiting.state == JobState::queued);
    CHECK(waiting.attempts == 0);
    CHECK(no_children_left());
}

TEST_CASE("who leaves its group does not hold up a job whose command has ended") {
    ExecRig rig;
    auto job = rig.run_script("setsid sh -c 'echo $$ > " + rig.dir.file("pid") + "; exec sleep 1000' & while ! [ -s " +
                              rig.dir.file("pid") + " ]; do sleep 0.01; done; echo done");
    auto pid = rig.number_in("pid");
    CHECK(job.result.value().at("output") == "done");
    CHECK_FALSE(ExecRig::dead(pid));
    ::kill(pid, SIGKILL);
}

TEST_CASE("what a command leaves in its group ends with it") {
    ExecRig rig;
    auto job = rig.run_script("sleep 1000 & echo $! > " + rig.dir.file("child") + "; echo done");
    CHECK(job.result.value().at("output") == "done");
    auto child = rig.number_in("child");
    rig.stage.until([&] { return ExecRig::dead(child); });
}

TEST_CASE("commands leave neither files nor dead children behind") {
    ExecRig rig;
    auto all_ways = [&] {
        for (const auto* script : {"echo ok", "exit 100", "yes", "exec <&- >&- 2>&-; sleep 0.05; exit 100"}) {
            rig.declare_script(script, 1000);
            rig.run();
        }
        rig.declare({"/nowhere"});
        rig.run();
        std::filesystem::remove(rig.dir.file("pid"));
        rig.declare_script(family(rig));
        auto job = rig.submit();
        rig.number_in("pid");
        rig.cancel(job);
    };
    all_ways();
    auto before = open_files();
    for (int i = 0; i < 5; ++i) all_ways();
    CHECK(open_files() == before);
    CHECK(no_children_left());
}

// What a command is given, and what becomes of what it says.
#include "exec_rig.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

bool says(const Job& job, const std::string& part) { return job.error && job.error->find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a command is given its work order on stdin, to the end, and its JSON is the result") {
    ExecRig rig;
    rig.declare_script("cat");
    auto job = rig.run(rig.to_run({{"prompt", "go"}, {"n", 1}}));
    REQUIRE(job.state == JobState::completed);
    CHECK(*job.result == json::object{{"jobId", job.id()}, {"type", "anything"}, {"run", 1}, {"attempt", 1}, {"prompt", "go"},
                                      {"payload", json::object{{"prompt", "go"}, {"n", 1}}}, {"metadata", nullptr}});
}

TEST_CASE("a command knows where things are, which attempt it is, and no secret") {
    ExecRig rig;
    rig.declare_script("env; echo dir=$(pwd)");
    auto job = rig.run();
    auto said = std::string(job.result.value().at("output").as_string()) + "\n";
    auto line = [&](const std::string& text) { return ("\n" + said).find("\n" + text + "\n") != std::string::npos; };
    CHECK(line("PATH=/usr/local/bin:/usr/bin:/bin"));
    CHECK(line("HOME=/nowhere"));
    CHECK(line("LANEKEEPER_JOB_ID=" + job.id()));
    CHECK(line("LANEKEEPER_RUN=1"));
    CHECK(line("dir=/"));
    CHECK(said.find("secret") == std::string::npos);
    CHECK(said.find("FOO") == std::string::npos);
}

TEST_CASE("no file of ours is open in a command") {
    ExecRig rig;
    CHECK(rig.output("exec ls /proc/self/fd") == "0\n1\n2\n3");  // its streams, and the folder that it reads
}

TEST_CASE("a name is found along PATH, and arguments are no shell's") {
    ExecRig rig;
    rig.declare({"printf", "%s", "$HOME; *"});
    CHECK(rig.run().result.value().at("output") == "$HOME; *");
}

TEST_CASE("text, and bytes that are no text, are the output") {
    ExecRig rig;
    CHECK(rig.output("echo three words here") == "three words here");
    CHECK(rig.output("printf 'a\\377z'") == "a\uFFFDz");
    CHECK(rig.output(":") == "");
    CHECK(rig.output("exec >&- 2>&-; exit 0") == "");
    CHECK(rig.output("python3 -c 'import json; print(json.dumps([1, 2]))'") == json::array{1, 2});
}

TEST_CASE("token usage that a command counted is the job's") {
    ExecRig rig;
    auto job = rig.run_script("echo '{\"tokenUsage\": {\"input\": 7, \"output\": 8}}'");
    CHECK(job.token_usage == json::object{{"input", 7}, {"output", 8}});
}

TEST_CASE("a command that fails is tried again, and its last complaint is the error") {
    ExecRig rig;
    rig.declare_script("echo first >&2; echo \"run $LANEKEEPER_RUN\" >&2; exit 3");
    auto wanted = rig.to_run();
    wanted.max_retries = 1;
    auto job = rig.run(wanted);
    CHECK(job.state == JobState::failed);
    CHECK(job.run == 2);
    CHECK(*job.error == "exec_failed: exit 3: first\nrun 2");
}

TEST_CASE("a command that was killed is tried again; one that exits 100 is not") {
    ExecRig rig;
    rig.declare_script("[ $LANEKEEPER_RUN = 2 ] || kill -9 $$; echo 7");
    auto job = rig.run();
    CHECK(job.state == JobState::completed);
    CHECK(job.run == 2);
    auto hopeless = rig.run_script("echo no use >&2; exit 100");
    CHECK(hopeless.run == 1);
    CHECK(*hopeless.error == "exec_failed: exit 100: no use");
}

TEST_CASE("of a flood of complaints the end is kept") {
    ExecRig rig;
    auto job = rig.run_script("yes complaint | head -c 3000000 >&2; echo the end >&2; exit 100");
    CHECK(job.error->ends_with("complaint\nthe end"));
    CHECK(job.error->size() <= limits::job_error_chars);
}

TEST_CASE("a command that is not there fails its job at once") {
    ExecRig rig;
    rig.dir.write("no-program", "echo\n");
    for (const auto& program : {std::string("/nowhere/program"), std::string("no-such-program"), rig.dir.file("no-program"), std::string("/")}) {
        rig.declare({program});
        auto job = rig.run();
        CHECK(job.state == JobState::failed);
        CHECK(job.run == 1);
        CHECK(says(job, "exec_not_started: " + program));
    }
}

TEST_CASE("all that a command said before its end is read, and exactly what it may say is not too much") {
    ExecRig rig;
    rig.declare_script("head -c 300000 /dev/zero | tr '\\0' x", 300'000);
    for (int i = 0; i < 5; ++i) CHECK(rig.run().result.value().at("output").as_string().size() == 300'000);
}

TEST_CASE("a command that says too much is killed, and its job is not tried again") {
    ExecRig rig;
    for (const auto* script : {"head -c 1001 /dev/zero", "yes", "echo $$ > \"$0\"; yes & wait"}) {
        rig.declare({"/bin/sh", "-c", script, rig.dir.file("pid")}, 1000);
        auto job = rig.run();
        CHECK(job.state == JobState::failed);
        CHECK(job.run == 1);
        CHECK(says(job, "output_too_large: more than 1000 bytes"));
    }
    CHECK(ExecRig::dead(rig.number_in("pid")));
}

TEST_CASE("a command need not read what it is given") {
    ExecRig rig;
    for (const auto* script : {"exit 0", "exec <&-; sleep 0.1", "head -c 10 > /dev/null"}) {
        rig.declare_script(script);
        CHECK(rig.run(rig.to_run({{"large", std::string(1'000'000, 'x')}})).state == JobState::completed);
    }
    rig.declare_script("wc -c");
    auto all = rig.run(rig.to_run({{"large", std::string(1'000'000, 'x')}}));
    CHECK(all.result.value().at("output").as_int64() > 1'000'000);
}

TEST_CASE("a job of a lane runs its command, too") {
    ExecRig rig;
    rig.declare_script("echo here");
    auto wanted = rig.to_run();
    wanted.owner = "p1";
    auto job = rig.run(wanted);
    CHECK(job.state == JobState::completed);
    CHECK(job.owner == "p1");
}

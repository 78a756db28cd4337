#include "async/process/child.hpp"

#include "runtime/codex/child_environment.hpp"
#include "runtime/codex/find_binary.hpp"
#include "runtime/codex/stderr_log.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <poll.h>
#include <unistd.h>

using namespace lanekeeper;
using namespace lanekeeper::codex;
namespace fs = std::filesystem;

namespace {

ChildCommand shell(const std::string& script) {
    ChildCommand command;
    command.path = "/bin/sh";
    command.arguments = {"-c", script};
    command.environment = {"PATH=/usr/bin:/bin", "GREETING=hello"};
    return command;
}

std::string read_all(int fd) {
    std::string text;
    char buffer[512];
    for (auto size = ::read(fd, buffer, sizeof buffer); size > 0; size = ::read(fd, buffer, sizeof buffer)) text.append(buffer, std::size_t(size));
    return text;
}

int wait_end(Child& child) {
    pollfd ended{child.life.get(), POLLIN, 0};
    ::poll(&ended, 1, 10'000);
    return child.reap().value_or(-1);
}

void make_executable(const fs::path& path, const std::string& content) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << content;
    fs::permissions(path, fs::perms::owner_all);
}

}  // namespace

TEST_CASE("a child has the three streams, the environment it was given and nothing more, and its end is told") {
    auto child = Child::start(shell("read line; echo \"$GREETING $line $HOME\"; echo trouble >&2; exit 3"));
    CHECK_FALSE(child.reap());
    REQUIRE(::write(child.input.get(), "you\n", 4) == 4);
    CHECK(read_all(child.output.get()) == "hello you \n");
    CHECK(read_all(child.errors.get()) == "trouble\n");
    CHECK(describe_status(wait_end(child)) == "exit 3");
    CHECK_FALSE(child.reap());
}

TEST_CASE("a signal reaches what the child has started, too") {
    auto child = Child::start(shell("sleep 1000 & echo started; wait"));
    char buffer[16];
    REQUIRE(::read(child.output.get(), buffer, sizeof buffer) > 0);
    child.signal_group(SIGKILL);
    CHECK(describe_status(wait_end(child)) == "signal 9");
    CHECK(read_all(child.output.get()).empty());  // ends only when nobody holds the pipe any more
}

TEST_CASE("a child that is dropped is gone") {
    pid_t pid = 0;
    {
        auto child = Child::start(shell("sleep 1000"));
        pid = child.pid();
        CHECK(::kill(pid, 0) == 0);
    }
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("an executable that does not start is an error at once") {
    ChildCommand command;
    command.path = "/nowhere/codex";
    CHECK_THROWS_AS(Child::start(command), std::system_error);
}

TEST_CASE("the child may know where things are, and no secret of ours") {
    auto theirs = child_environment({"PATH=/bin", "AWS_SECRET=x", "LC_ALL=C", "HOME=/h", "RUST_LOG=debug", "OPENAI_API_KEY=old", "CODEX_HOME=/old"},
                                    "/home", "key");
    CHECK(theirs == std::vector<std::string>{"PATH=/bin", "LC_ALL=C", "HOME=/h", "CODEX_HOME=/home", "OPENAI_API_KEY=key"});
    CHECK(child_environment({"TZ=UTC"}, "", "") == std::vector<std::string>{"TZ=UTC"});
}

TEST_CASE("the native binary is found behind a path, a name, and the launcher that npm installs") {
    testing::TempDir dir;
    fs::path root = fs::canonical(dir.path());
    make_executable(root / "bin/plain", "\x7f" "ELF");
    CHECK(find_codex((root / "bin/plain").string(), "") == (root / "bin/plain").string());
    CHECK(find_codex("plain", "/nowhere::" + (root / "bin").string()) == (root / "bin/plain").string());
    CHECK_FALSE(find_codex("other", (root / "bin").string()));
    CHECK_FALSE(find_codex("", (root / "bin").string()));

    auto package = root / "node_modules/@openai/codex";
    make_executable(package / "bin/codex.js", "#!/usr/bin/env node\n");
    fs::create_directories(root / "node_modules/.bin");
    fs::create_symlink("../@openai/codex/bin/codex.js", root / "node_modules/.bin/codex");
    auto launcher = (root / "node_modules/.bin/codex").string();
    CHECK(find_codex(launcher, "") == (package / "bin/codex.js").string());
#if defined(__x86_64__)
    auto native = root / "node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex";
    make_executable(native, "\x7f" "ELF");
    CHECK(find_codex(launcher, "") == native.string());
#endif
}

TEST_CASE("colours are taken out of what the child says on stderr") {
    CHECK(plain_text("\x1b[2mtime\x1b[0m \x1b[31mERROR\x1b[0m it broke") == "time ERROR it broke");
    CHECK(plain_text("\x1b[") == "");
}

TEST_CASE("stderr that floods is counted, not logged") {
    StderrLog log;
    auto now = MonoTime{} + std::chrono::hours{1};
    for (int i = 0; i < 100; ++i) log.take("line\n", now);
    CHECK(log.dropped() == 100 - StderrLog::lines_at_once);
    log.take("line\n", now + StderrLog::span);
    CHECK(log.dropped() == 0);
}

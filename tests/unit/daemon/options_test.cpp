#include "daemon/options.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;
using Action = Options::Action;

namespace {

Action action_of(const char* word) { return read_options({word}).value().action; }

}  // namespace

TEST_CASE("without a word the daemon runs, on the environment alone") {
    auto options = read_options({}).value();
    CHECK(options.action == Action::run);
    CHECK_FALSE(options.config_file);
}

TEST_CASE("each word of the command line asks for its action") {
    CHECK(action_of("--check-config") == Action::check_config);
    CHECK(action_of("--print-config") == Action::print_config);
    CHECK(action_of("--version") == Action::version);
    CHECK(action_of("--help") == Action::help);
    CHECK(action_of("-h") == Action::help);
}

TEST_CASE("a file of settings goes with any action, before it or after it") {
    auto before = read_options({"--config", "a.env", "--print-config"}).value();
    CHECK(before.config_file == "a.env");
    CHECK(before.action == Action::print_config);
    auto after = read_options({"--check-config", "--config", "a file.env"}).value();
    CHECK(after.config_file == "a file.env");
    CHECK(after.action == Action::check_config);
}

TEST_CASE("a word that is not known is refused by its name") {
    for (const char* word : {"--verbose", "start", "-v", "--config=a.env", ""}) {
        INFO(word);
        auto options = read_options({word});
        REQUIRE(options.has_error());
        CHECK(options.error().code == "invalid_option");
        CHECK(options.error().message == std::string("unknown option ") + word);
    }
}

TEST_CASE("--config without a file is refused") {
    auto options = read_options({"--config"});
    REQUIRE(options.has_error());
    CHECK(options.error().message == "--config needs a file");
}

TEST_CASE("the usage names every option") {
    for (const char* word : {"--config", "--check-config", "--print-config", "--version", "--help"}) {
        INFO(word);
        CHECK(usage().find(word) != std::string::npos);
    }
}

#include "base/settings.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

using namespace lanekeeper;

namespace {

const char* const path = LANEKEEPER_SOURCE_DIR "/config/lanekeeper.env";

std::string example() {
    std::string text =
        "# Settings of lanekeeperd, each with its default. Take away the # of what you change.\n"
        "# From the environment, or from a file like this one: lanekeeperd --config FILE (the environment wins).\n"
        "# Unknown names and bad values stop the start. lanekeeperd --check-config tells without starting.\n";
    for (const auto& doc : document_settings())
        text += fmt::format("\n# {} Must be {}.{}\n#{}={}\n", doc.meaning, doc.rule,
                            doc.secret ? " Never logged or printed." : "", doc.name, doc.default_text);
    return text;
}

std::string shipped() {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string without_comment_marks(const std::string& text) {
    std::istringstream lines(text);
    std::string line, result;
    while (std::getline(lines, line))
        if (line.size() > 1 && line[0] == '#' && line[1] != ' ') result += line.substr(1) + '\n';
    return result;
}

}  // namespace

// After a change of the table: unit_base "[write-example]"
TEST_CASE("write config/lanekeeper.env", "[.][write-example]") { std::ofstream(path) << example(); }

TEST_CASE("config/lanekeeper.env documents every setting and its default as the code has them") {
    CHECK(shipped() == example());
}

TEST_CASE("config/lanekeeper.env is accepted as it is, and with every line taken in is the defaults") {
    CHECK(print_settings(read_settings({}, shipped()).value()) == print_settings(Settings{}));
    auto all = without_comment_marks(shipped());
    CHECK(all.size() > 1000);
    CHECK(print_settings(read_settings({}, all).value()) == print_settings(Settings{}));
}

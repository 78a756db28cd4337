// The golden texts: what a set of file changes reads like. LANEKEEPER_UPDATE_GOLDEN=1 writes them anew; then read them.
#include "support/catch.hpp"
#include "support/change_json.hpp"

#include "runtime/builtin/explain.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const fs::path folder = fs::path(LANEKEEPER_SOURCE_DIR) / "tests/unit/runtime/golden";

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::vector<fs::path> inputs() {
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".json") found.push_back(entry.path());
    std::sort(found.begin(), found.end());
    return found;
}

std::string explanation_of(const fs::path& input) {
    const json::value parsed = json::parse(read_file(input));
    const json::object& change = parsed.as_object();
    return lanekeeper::builtin::explain(lanekeeper::test::read_changes(change),
                                        lanekeeper::test::read_truncated(change));
}

}  // namespace

TEST_CASE("there are at least thirty golden texts", "[builtin][golden]") { CHECK(inputs().size() >= 30); }

TEST_CASE("every golden change reads as it was agreed to read", "[builtin][golden]") {
    const bool update = std::getenv("LANEKEEPER_UPDATE_GOLDEN") != nullptr;
    for (const fs::path& input : inputs()) {
        CAPTURE(input.filename().string());
        fs::path golden = input;
        golden.replace_extension(".md");
        if (update) std::ofstream(golden, std::ios::binary) << explanation_of(input);
        CHECK(explanation_of(input) == read_file(golden));
    }
}

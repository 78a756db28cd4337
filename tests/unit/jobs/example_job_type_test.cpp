// The README's example of a job type is this very source, and it runs.
#include "support/catch.hpp"
#include "support/queue_rig.hpp"
#include "transcript/rows.hpp"

#include <fstream>
#include <sstream>

namespace lanekeeper {
Definition word_count_definition();
}

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

std::string source(const char* path) {
    std::ifstream file(std::string(LANEKEEPER_SOURCE_DIR "/") + path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

json::object payload(const char* text) { return {{"sessionId", "chat"}, {"text", text}}; }

struct CountRig : QueueRig {
    CountRig() {
        registry.add(word_count_definition());
        start();
    }
    Job count(const char* text) { return enqueue("p", payload(text), "word_count"); }
};

}  // namespace

TEST_CASE("the README shows the example job type as it is compiled") {
    auto example = source("tests/unit/jobs/example_job_type.cpp");
    REQUIRE(example.size() > 1000);
    CHECK(source("README.md").find("```cpp\n" + example + "```\n") != std::string::npos);
}

TEST_CASE("the example job type counts words, says how far it is, and writes its row with its end") {
    CountRig rig;
    auto job = rig.finished(rig.count("high water at noon"));
    CHECK(job.state == JobState::completed);
    CHECK(members::integer(*job.result, "words") == 4);
    CHECK(rig.heard->of(job) == std::vector<std::string>{"queued", "started", "progress", "completed"});
    auto rows = rig.wait_for(rig.store.records(std::string(transcript::own_kind), "chat", 0, 10));
    REQUIRE(rows.size() == 1);
    CHECK(members::text(rows[0].body, "content") == "4 words.");
}

TEST_CASE("the example job type refuses what does not fit, fails for good on nothing, and runs once a chat") {
    CountRig rig;
    auto refused = rig.try_enqueue(rig.request("p", {{"text", 7}}, "word_count"));
    CHECK(refused.error().code == "invalid_request");
    rig.wait_for(rig.queue->command_lane("p", Queue::LaneCommand::pause)).value();
    auto first = rig.count("");
    CHECK(rig.count("").id() == first.id());
    rig.wait_for(rig.queue->command_lane("p", Queue::LaneCommand::resume)).value();
    auto job = rig.finished(first);
    CHECK(job.state == JobState::failed);
    CHECK(job.attempts == 1);
    CHECK(job.error.value() == "no_words: the text has none");
}

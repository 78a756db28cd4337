#include "runtime/builtin/suggest.hpp"

#include "support/catch.hpp"

#include <string>

using lanekeeper::builtin::Message;
using lanekeeper::builtin::suggest;

namespace {

std::string after(const std::string& answer) {
    return suggest({{"user", "Please make the lane faster"}, {"assistant", answer}}, "");
}

}  // namespace

TEST_CASE("an empty transcript asks for the next concrete step", "[builtin]") {
    CHECK(suggest({}, "") == "What is the next concrete step here? Name it in one sentence and start with it.");
}

TEST_CASE("an offer is accepted in its own words", "[builtin]") {
    CHECK(after("The store is slow. Should I batch the commits?") ==
          "Yes, please batch the commits. Tell me what you find before you change anything else.");
    CHECK(after("Would you like me to add an index, or leave it?") ==
          "Yes, please add an index. Tell me what you find before you change anything else.");
}

TEST_CASE("any other question at the end is answered", "[builtin]") {
    CHECK(after("I looked around.\n\nWhich port should the daemon use?") ==
          "On “Which port should the daemon use?”: take what you think is best, say in one line why, and go on.");
}

TEST_CASE("an error that is reported is asked to be fixed", "[builtin]") {
    CHECK(after("I ran the build.\n\nlane.cpp:12: error: no member named 'size'\n\nIt stops there.") ==
          "Please fix this first: “lane.cpp:12: error: no member named 'size'”. Show me the cause, then the tests "
          "passing.");
}

TEST_CASE("an error that is said to be mended is none", "[builtin]") {
    CHECK(after("I fixed the error: a wrong index in `lane.cpp`. The tests pass now.") ==
          "Good. Read the change in `lane.cpp` once more for edge cases, then sum up what is different now.");
}

TEST_CASE("changed code is asked to be tested", "[builtin]") {
    CHECK(after("I changed `lib/queue/lane.cpp` so that it drains.") ==
          "Run the tests for the change in `lib/queue/lane.cpp` and show me what fails, if anything does.");
}

TEST_CASE("the first open item of a list comes next", "[builtin]") {
    CHECK(after("Progress:\n- [x] read the code\n- [ ] write the test\n- [ ] tidy up") ==
          "Go on with “write the test”, and tick it off when its tests pass.");
    CHECK(after("Done so far.\n\nNext steps:\n1. Measure the commit rate.\n2. Tune it.") ==
          "Go on with “Measure the commit rate”, and tick it off when its tests pass.");
}

TEST_CASE("otherwise the last wish is taken up again", "[builtin]") {
    CHECK(after("I see.") == "Please go on with “Please make the lane faster”, and end with the next concrete step.");
}

TEST_CASE("an unanswered wish is made smaller", "[builtin]") {
    CHECK(suggest({{"assistant", "Hello."}, {"user", "Make it faster"}}, "") ==
          "On “Make it faster”: begin with the smallest step that shows a result, and tell me what you see.");
}

TEST_CASE("a draft is tidied and completed", "[builtin]") {
    CHECK(suggest({}, "  make   the lane\nfaster ") == "Make the lane faster.");
    CHECK(suggest({}, "what is a lane?") == "What is a lane?");
    CHECK(suggest({{"assistant", "I changed lane.cpp."}}, "thanks, looks good") ==
          "Thanks, looks good. Then run the tests and tell me what fails.");
    CHECK(suggest({{"assistant", "I changed lane.cpp. All tests pass."}}, "now document the") ==
          "Now document `lane.cpp`.");
    CHECK(suggest({{"assistant", "I changed lane.cpp. All tests pass."}}, "please also look at") ==
          "Please also look at `lane.cpp`.");
    CHECK(suggest({{"assistant", "I changed lane.cpp."}}, "commit it") ==
          "Commit it. Run the tests before that, and stop if any fails.");
    CHECK(suggest({}, "stop and") == "Stop.");
}

TEST_CASE("other roles are passed over", "[builtin]") {
    CHECK(suggest({{"user", "Go"}, {"assistant", "Should I start?"}, {"system", "`a.cpp` failed"}}, "") ==
          "Yes, please start. Tell me what you find before you change anything else.");
}

TEST_CASE("a suggestion has at most four hundred bytes", "[builtin]") {
    const std::string wide(5000, 'w');
    CHECK(suggest({{"user", wide}}, "").size() <= 400);
    CHECK(suggest({{"user", wide}, {"assistant", "error: " + wide + "\n- [ ] " + wide}}, wide + " and").size() <= 400);
    CHECK(suggest({{"assistant", "Should I " + wide + "?"}}, "").size() <= 400);
    CHECK(suggest({{"assistant", "`" + wide + ".cpp` changed"}}, "now the").size() <= 400);
}

#include "runtime/builtin/explain.hpp"

#include "support/catch.hpp"

#include <string>

using namespace lanekeeper::builtin;

namespace {

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string update(const std::string& path, const std::string& diff) {
    return explain({{path, "update", "", diff}}, false);
}

}  // namespace

TEST_CASE("an explanation begins with files and line counts", "[builtin]") {
    const std::string text = update("a.py", "@@ -1,2 +1,3 @@\n-a\n+b\n+c\n d\n");
    CHECK(text.rfind("**1 file changed, +2 −1**", 0) == 0);
}

TEST_CASE("no change at all is still an answer", "[builtin]") { CHECK(explain({}, false) == "No file changed.\n"); }

TEST_CASE("a change without a path is still explained", "[builtin]") {
    CHECK(mentions(explain({{"", "update", "", "@@ -1 +1 @@\n-a\n+b\n"}}, false), "a file without a path: changes 1 place"));
}

TEST_CASE("a cut diff is said to be cut", "[builtin]") {
    CHECK(mentions(explain({{"a.py", "add", "", "x = 1\n"}}, true), "cut at its length limit"));
    CHECK_FALSE(mentions(explain({{"a.py", "add", "", "x = 1\n"}}, false), "cut at its length limit"));
}

TEST_CASE("a signature that changes in a header and its source is told once, from the header", "[builtin]") {
    const std::string text =
        explain({{"lane.cpp", "update", "", "@@ -1 +1 @@\n-void Lane::stop() {\n+bool Lane::stop() {\n"},
                 {"lane.hpp", "update", "", "@@ -1 +1 @@\n-void stop();\n+bool stop();\n"}},
                false);
    CHECK(mentions(text, "`void stop()` becomes `bool stop()` in `lane.hpp`"));
    CHECK_FALSE(mentions(text, "becomes `bool Lane::stop()`"));
}

TEST_CASE("a function that leaves one file for another is called moved", "[builtin]") {
    const std::string text = explain({{"a.py", "update", "", "@@ -1,2 +0,0 @@\n-def f(x):\n-    return x\n"},
                                      {"b.py", "update", "", "@@ -0,0 +1,2 @@\n+def f(x):\n+    return x\n"}},
                                     false);
    CHECK(mentions(text, "`f` moves from `a.py` to `b.py`"));
}

TEST_CASE("source without tests is noticed, source with tests is not", "[builtin]") {
    const std::string body = "def f():\n    a\n    b\n    c\n    d\n    e\n    f\n    g\n    h\n    i\n";
    CHECK(mentions(explain({{"a.py", "add", "", body}}, false), "No test changes along"));
    CHECK_FALSE(mentions(explain({{"a.py", "add", "", body}, {"test_a.py", "add", "", "def test_f(): pass\n"}}, false),
                    "No test changes along"));
}

TEST_CASE("a version step that may break is more pressing than one that may not", "[builtin]") {
    const std::string text =
        update("requirements.txt", "@@ -1,2 +1,2 @@\n-a==1.0.0\n-b==0.4.0\n+a==1.0.1\n+b==0.5.0\n");
    CHECK(text.find("`b` goes from `0.4.0` to `0.5.0`, which may break") < text.find("`a` goes from"));
}

TEST_CASE("the same thing done to many files is one line", "[builtin]") {
    std::vector<FileChange> changes;
    for (int i = 0; i < 20; ++i)
        changes.push_back(
            {"src/part" + std::to_string(i) + ".go", "update", "", "@@ -1 +1 @@\n-func Run() {\n+func Run(n int) {\n"});
    const std::string text = explain(changes, false);
    CHECK(mentions(text, "and 16 more (Go, +1 −1 each): changes the signature of `Run`"));
}

TEST_CASE("at most forty lines of files are listed, and the rest is counted", "[builtin]") {
    std::vector<FileChange> changes;
    for (int i = 0; i < 100; ++i)
        changes.push_back(
            {"src/part" + std::to_string(i) + ".py", "add", "", "def f" + std::to_string(i) + "():\n    pass\n"});
    const std::string text = explain(changes, false);
    CHECK(mentions(text, "- and 60 more files (+120)."));
}

TEST_CASE("an explanation is bounded, whatever comes in", "[builtin]") {
    std::vector<FileChange> changes;
    for (int i = 0; i < 60; ++i) {
        const std::string tag = std::to_string(i);
        std::string body;
        for (int k = 0; k < 60; ++k)
            body += "def " + std::string(100, 'n') + tag + "_" + std::to_string(k) + "(): pass\n";
        changes.push_back({std::string(400, 'p') + tag + ".py", "add", "", body});
    }
    CHECK(explain(changes, true).size() < 20000);
}

TEST_CASE("a name with backticks stays one code span", "[builtin]") {
    const std::string text = explain({{"a.md", "add", "", "## Run `make`\n"}}, false);
    CHECK(mentions(text, "`` Run `make` ``"));
}

TEST_CASE("the same change is explained in the same words", "[builtin]") {
    const std::vector<FileChange> changes{{"a.py", "add", "", "def f(): pass\n"},
                                          {"b.go", "delete", "", "package b\n"}};
    CHECK(explain(changes, false) == explain(changes, false));
}

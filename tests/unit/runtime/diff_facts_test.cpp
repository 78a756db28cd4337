#include "runtime/builtin/diff_facts.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace lanekeeper::builtin;

namespace {

FileFacts facts_of(const std::string& path, const std::string& kind, const std::string& diff,
                   const std::string& move_path = "") {
    const auto all = read_facts({{path, kind, move_path, diff}});
    REQUIRE(all.size() == 1);
    return all.front();
}

const TouchedName* find(const FileFacts& facts, const std::string& name) {
    const auto at = std::find_if(facts.names.begin(), facts.names.end(),
                                 [&name](const TouchedName& touched) { return touched.name == name; });
    return at == facts.names.end() ? nullptr : &*at;
}

Touch touch_of(const FileFacts& facts, const std::string& name) {
    const TouchedName* found = find(facts, name);
    REQUIRE(found != nullptr);
    return found->touch;
}

}  // namespace

TEST_CASE("the text of an added file counts as added lines, with or without a last line end", "[builtin]") {
    CHECK(facts_of("a.txt", "add", "one\ntwo\n").added == 2);
    CHECK(facts_of("a.txt", "add", "one\ntwo").added == 2);
    CHECK(facts_of("a.txt", "add", "").added == 0);
    CHECK(facts_of("a.txt", "delete", "one\r\ntwo\r\n").removed == 2);
}

TEST_CASE("an added file that looks like a diff is still its text", "[builtin]") {
    const FileFacts facts = facts_of("fix.patch", "add", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n");
    CHECK(facts.added == 5);
    CHECK(facts.removed == 0);
}

TEST_CASE("an added file that comes as a git diff is read as one", "[builtin]") {
    const FileFacts facts = facts_of("a.py", "add",
                                     "diff --git a/a.py b/a.py\nnew file mode 100644\nindex 0000000..1111111\n"
                                     "--- /dev/null\n+++ b/a.py\n@@ -0,0 +1,2 @@\n+def f():\n+    pass\n");
    CHECK(facts.kind == ChangeKind::added);
    CHECK(facts.added == 2);
    CHECK(touch_of(facts, "f") == Touch::added);
}

TEST_CASE("a removed line that begins with dashes is a line, not a file header", "[builtin]") {
    const FileFacts facts = facts_of("a.sql", "update", "@@ -1,3 +1,2 @@\n--- a comment\n-- another\n+++ x\n same\n");
    CHECK(facts.removed == 2);
    CHECK(facts.added == 1);
    CHECK_FALSE(facts.malformed);
}

TEST_CASE("the mark for a missing line end is not a line", "[builtin]") {
    const FileFacts facts = facts_of("a.txt", "update",
                                     "@@ -1 +1 @@\n-old\n\\ No newline at end of file\n+new\n"
                                     "\\ No newline at end of file\n");
    CHECK(facts.added == 1);
    CHECK(facts.removed == 1);
    CHECK_FALSE(facts.malformed);
}

TEST_CASE("hunk headers without numbers are read until something else comes", "[builtin]") {
    const FileFacts facts = facts_of("a.py", "update", "@@ def f():\n-    old\n+    new\n     same\n@@\n+last\n");
    CHECK(facts.added == 2);
    CHECK(facts.removed == 1);
    CHECK(facts.hunks == 2);
}

TEST_CASE("hunks that hold less or more than they say are read as far as they go", "[builtin]") {
    const FileFacts little = facts_of("a.txt", "update", "@@ -1,9 +1,9 @@\n-a\n+b\n@@ -20 +20 @@\n-c\n+d\n");
    CHECK(little.added == 2);
    CHECK(little.removed == 2);
    CHECK(little.malformed);
    const FileFacts much = facts_of("a.txt", "update", "@@ -1 +1 @@\n-a\n+b\n+c\n+d\n");
    CHECK(much.added == 3);
    CHECK(much.malformed);
}

TEST_CASE("text that is no diff at all counts nothing and says so", "[builtin]") {
    const FileFacts facts = facts_of("a.txt", "update", "I changed a few words.\n");
    CHECK(facts.lines() == 0);
    CHECK(facts.malformed);
}

TEST_CASE("bytes of any kind are survived", "[builtin]") {
    std::string noise;
    unsigned state = 7;
    for (int i = 0; i < 20000; ++i) {
        state = state * 1103515245u + 12345u;
        noise += "@+- \n\r\\\"'`({:#=\t\0a\xff"[(state >> 16) % 20];
    }
    for (const char* path : {"a.cpp", "a.ts", "a.py", "a.md", "a.sql", "package.json", "go.mod", "a.yaml", "x"})
        for (const char* kind : {"add", "update", "delete", "strange"})
            CHECK(read_facts({{path, kind, "", noise}}).size() == 1);
}

TEST_CASE("a diff of several files becomes a fact for each", "[builtin]") {
    const auto all = read_facts({{"x", "update", "",
                                  "Subject: two files\n\n---\n a.py | 2 +-\n\n"
                                  "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b\n"
                                  "diff --git a/old.md b/new.md\nsimilarity index 90%\nrename from old.md\n"
                                  "rename to new.md\n--- a/old.md\n+++ b/new.md\n@@ -1 +1,2 @@\n # A\n+text\n"
                                  "-- \n2.39.2\n"}});
    REQUIRE(all.size() == 2);
    CHECK(all[0].path == "a.py");
    CHECK(all[0].removed == 1);
    CHECK(all[1].path == "old.md");
    CHECK(all[1].moved_to == "new.md");
    CHECK(all[1].added == 1);
    CHECK(all[1].removed == 0);
}

TEST_CASE("a rename is known from the change or from the diff", "[builtin]") {
    CHECK(facts_of("a.py", "update", "", "b.py").moved_to == "b.py");
    CHECK(facts_of("b.py", "update", "diff --git a/a.py b/b.py\nrename from a.py\nrename to b.py\n").path == "a.py");
}

TEST_CASE("binary files have no counts", "[builtin]") {
    CHECK(facts_of("a.png", "update", "Binary files a/a.png and b/a.png differ\n").binary);
    const FileFacts added = facts_of("a.bin", "add", std::string("x\0y\n", 4));
    CHECK(added.binary);
    CHECK(added.lines() == 0);
}

TEST_CASE("names are added, removed, changed, moved or edited inside", "[builtin]") {
    const FileFacts facts = facts_of("a.py", "update",
                                     "@@ -1,14 +1,15 @@ def far():\n"
                                     "-    one\n+    two\n \n"
                                     "-def gone():\n-    pass\n \n"
                                     "-def same(a):\n+def same(a, b):\n     pass\n \n"
                                     "+def fresh():\n+    pass\n+\n"
                                     " def near():\n-    x = 1\n+    x = 2\n");
    CHECK(touch_of(facts, "far") == Touch::inside);
    CHECK(touch_of(facts, "gone") == Touch::removed);
    CHECK(touch_of(facts, "same") == Touch::changed);
    CHECK(find(facts, "same")->before == "def same(a)");
    CHECK(find(facts, "same")->after == "def same(a, b)");
    CHECK(touch_of(facts, "fresh") == Touch::added);
    CHECK(touch_of(facts, "near") == Touch::inside);
}

TEST_CASE("a change beside a function is not taken for one inside it", "[builtin]") {
    const FileFacts facts =
        facts_of("a.cpp", "update", "@@ -10,4 +10,5 @@ int before() {\n     return 1;\n }\n \n+int limit = 3;\n }\n");
    CHECK(find(facts, "before") == nullptr);
}

TEST_CASE("headings are found as hashes and as underlines, but not inside code", "[builtin]") {
    const FileFacts text = facts_of("a.md", "add", "Title\n=====\n\n```sh\n# not a heading\n```\n\n## Part\n");
    CHECK(text.names.size() == 2);
    CHECK(touch_of(text, "Title") == Touch::added);
    CHECK(touch_of(text, "Part") == Touch::added);
    const FileFacts guide = facts_of("a.rst", "add", "Guide\n-----\n\nText.\n");
    CHECK(touch_of(guide, "Guide") == Touch::added);
}

TEST_CASE("settings carry their old and new values, secrets do not", "[builtin]") {
    const FileFacts facts = facts_of("config/a.yaml", "update",
                                     "@@ -1,2 +1,2 @@\n-workers: 4\n-api_key: one\n+workers: 8\n+api_key: two\n");
    CHECK(find(facts, "workers")->before == "4");
    CHECK(find(facts, "workers")->after == "8");
    CHECK(find(facts, "api_key")->after.empty());
}

TEST_CASE("changes of white space and of comments alone are told", "[builtin]") {
    CHECK(facts_of("a.cpp", "update", "@@ -1 +1 @@\n-int  a;\n+int a;\r\n").whitespace_only);
    CHECK(facts_of("a.cpp", "update", "@@ -1 +1,2 @@\n int a;\n+\n").whitespace_only);
    CHECK_FALSE(facts_of("a.cpp", "update", "@@ -1 +1 @@\n-int a;\n+int b;\n").whitespace_only);
    CHECK(facts_of("a.py", "update", "@@ -1 +1,2 @@\n a\n+# why\n").comments_only);
    CHECK_FALSE(facts_of("a.md", "update", "@@ -1 +1,2 @@\n a\n+# why\n").comments_only);
}

TEST_CASE("added text is searched for what a reviewer must not miss", "[builtin]") {
    const auto first = [](const std::string& path, const std::string& line) {
        const FileFacts facts = facts_of(path, "update", "@@ -0,0 +1 @@\n+" + line + "\n");
        return facts.signals.empty() ? std::string() : facts.signals.front().marker;
    };
    CHECK(first("a.ts", "<<<<<<< HEAD") == "<<<<<<<");
    CHECK(first("a.py", "password = \"hunter2-and-more\"") == "password");
    CHECK(first("a.py", "password = os.environ[\"PASSWORD\"]") == "");
    CHECK(first("a.py", "db.execute(\"DROP TABLE stays\")") == "DROP TABLE");
    CHECK(first("a.cpp", "} catch (...) {") == "catch (...)");
    CHECK(first("a.py", "RULE = \"catch (...)\"") == "");
    CHECK(first("a.md", "Call eval( with care") == "");
    const FileFacts removed = facts_of("a.ts", "update",
                                       "@@ -1 +0,0 @@\n-// "
                                       "TODO later\n");
    CHECK(removed.signals.empty());
}

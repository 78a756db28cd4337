// How long the explanation of a large diff takes, in CPU time: one line per shape.
//   build/release/tests/bench/explain_bench [megabytes]
//   build/release/tests/bench/explain_bench --check [MS] 5 MB; exit 1 when a shape takes longer (100)
#include "runtime/builtin/explain.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace {

using lanekeeper::builtin::FileChange;
using Changes = std::vector<FileChange>;

double allowed_ms = 100;  // what is promised of an idle machine
constexpr int rounds = 5;

/// An update of about `bytes` bytes: hunks that add, remove and change functions.
std::string large_update(std::size_t bytes) {
    std::string diff;
    for (std::size_t i = 0; diff.size() < bytes; ++i) {
        diff += fmt::format("@@ -{0},6 +{0},8 @@ int Plan::step_{1}(int count) {{\n", i * 20 + 1, i % 997);
        diff += "     const int before = count;\n     // the quay is checked first\n";
        diff += fmt::format("-    total += weigh(before, {});\n", i);
        diff += fmt::format("+    total += weigh(before, {}, \"token of the crane\");\n", i + 1);
        diff += fmt::format("+    log(\"step {}\");\n", i);
        diff += fmt::format("     return total;\n }}\n+int Plan::extra_{}(const Crane& crane, int count) {{\n ", i);
        diff += "    return crane.lift(count) * 2;\n";
    }
    return diff;
}

std::string repeated(std::size_t bytes, std::string (*part)(std::size_t)) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i) text += part(i);
    return text;
}

std::string script_part(std::size_t i) {
    return fmt::format("export function load{}(part: string): number {{\n  return part.length + {};\n}}\n\n", i, i);
}
std::string function_part(std::size_t i) { return fmt::format("def f{}(a):\n    return a\n", i); }
std::string heading_part(std::size_t i) { return fmt::format("## Part {}\n\nSome text.\n", i); }

Changes one(const char* path, const char* kind, std::string diff) { return {{path, kind, "", std::move(diff)}}; }

Changes many_updates(std::size_t bytes) {
    Changes many;
    for (int i = 0; i < 1000; ++i)
        many.push_back({fmt::format("src/part_{}.py", i), "update", "", large_update(bytes / 1000)});
    return many;
}

/// Small files are mostly what is said about them.
Changes many_small_files(std::size_t bytes) {
    Changes many;
    for (std::size_t i = 0, sum = 0; sum < bytes; ++i) {
        auto text = fmt::format("@@ -1,3 +1,3 @@\n def step():\n-    return {}\n+    return {}\n     # the end of it\n", i, i + 1);
        sum += text.size();
        many.push_back({fmt::format("src/small_{}.py", i), "update", "", std::move(text)});
    }
    return many;
}

double cpu_ms() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) * 1e3 + double(now.tv_nsec) / 1e6;
}

double best_ms(const Changes& changes) {
    double best = 1e9;
    for (int round = 0; round < rounds; ++round) {
        const double start = cpu_ms();
        const std::string text = lanekeeper::builtin::explain(changes, false);
        if (text.empty()) std::abort();
        best = std::min(best, cpu_ms() - start);
    }
    return best;
}

/// False when it took longer than is allowed for 5 MB.
bool report(const char* shape, const Changes& changes) {
    std::size_t bytes = 0;
    for (const FileChange& change : changes) bytes += change.diff.size();
    const double best = best_ms(changes);
    fmt::print("explain {:<28} {:>9} bytes {:>6} files {:>8.1f} ms\n", shape, bytes, changes.size(), best);
    return best <= allowed_ms;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 2) allowed_ms = std::strtod(argv[2], nullptr);
    const bool check = argc > 1 && std::string_view(argv[1]) == "--check";
    const std::size_t bytes = (argc > 1 && !check ? std::strtoul(argv[1], nullptr, 10) : 5) * 1000 * 1000;
    bool quick = report("one update in hunks", one("src/plan.cpp", "update", large_update(bytes)));
    quick &= report("one new source file", one("web/load.ts", "add", repeated(bytes, script_part)));
    quick &= report("a new file of definitions", one("tools/all.py", "add", repeated(bytes, function_part)));
    quick &= report("a long Markdown file", one("docs/all.md", "add", repeated(bytes, heading_part)));
    quick &= report("many small files", many_small_files(bytes));
    quick &= report("a thousand files", many_updates(bytes));
    quick &= report("one line without an end", one("web/app.js", "add", std::string(bytes, 'a')));
    quick &= report("one line of marks", one("web/app.js", "add", repeated(bytes, [](std::size_t) { return std::string("token=x;("); })));
    return check && !quick ? EXIT_FAILURE : EXIT_SUCCESS;
}

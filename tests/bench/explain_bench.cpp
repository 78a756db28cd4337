// How long the explanation of a large diff takes. Prints one line per shape; asserts nothing.
//   build/release/tests/bench/explain_bench [megabytes]
#include "runtime/builtin/digest.hpp"
#include "runtime/builtin/explain.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using lanekeeper::builtin::FileChange;

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

std::string large_text(std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; text.size() < bytes; ++i)
        text +=
            fmt::format("export function load{}(part: string): number {{\n  return part.length + {};\n}}\n\n", i, i);
    return text;
}

double milliseconds(const std::vector<FileChange>& changes) {
    using Clock = std::chrono::steady_clock;
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        const auto start = Clock::now();
        const std::string text = lanekeeper::builtin::explain(changes, false);
        const std::chrono::duration<double, std::milli> spent = Clock::now() - start;
        if (text.empty()) std::abort();
        best = std::min(best, spent.count());
    }
    return best;
}

void report(const char* shape, const std::vector<FileChange>& changes) {
    std::size_t bytes = 0;
    for (const FileChange& change : changes) bytes += change.diff.size();
    fmt::print("explain {:<28} {:>9} bytes {:>4} files {:>8.1f} ms\n", shape, bytes, changes.size(),
               milliseconds(changes));
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t bytes = (argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 5) * 1024 * 1024;
    report("one update in hunks", {{"src/plan.cpp", "update", "", large_update(bytes)}});
    report("one added file", {{"web/load.ts", "add", "", large_text(bytes)}});
    report("one line without an end", {{"web/app.js", "add", "", std::string(bytes, 'a')}});
    std::string blanks;
    while (blanks.size() < bytes) blanks += "token=x;(";
    report("one line of marks", {{"web/app.js", "add", "", blanks}});
    std::vector<FileChange> many;
    for (int i = 0; i < 1000; ++i)
        many.push_back({fmt::format("src/part_{}.py", i), "update", "", large_update(bytes / 1000)});
    report("a thousand files", many);
    return 0;
}

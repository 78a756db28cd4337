// The simulation of the queue, from seeds.
//   simulation                     plays seeds 1 to COUNT; LANEKEEPER_SEED_SHARE scales the default
//   simulation --seeds COUNT [--first N]
//   simulation --seed N            replays one, with its trace
//   simulation --same COUNT        plays each seed twice: the traces are the same, or it fails
//   simulation --bugs              (test build) every bug is noticed, within 1,000 seeds, by the promise it breaks
//   … --bug NAME                   (test build) with that bug
#include "base/log.hpp"
#include "simulation/bugs.hpp"
#include "simulation/world.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace lanekeeper::simulation {
namespace {

#ifdef __OPTIMIZE__
constexpr int default_seeds = 800;
#else
constexpr int default_seeds = 60;
#endif

using Options = std::map<std::string, std::string>;

Options read_options(int count, char** words) {
    Options options;
    for (int i = 1; i < count; ++i) {
        bool has_value = i + 1 < count && words[i + 1][0] != '-';
        options[words[i]] = has_value ? words[i + 1] : "";
        if (has_value) ++i;
    }
    return options;
}

int number(const Options& options, const std::string& name, int otherwise) {
    auto found = options.find(name);
    return found == options.end() ? otherwise : std::atoi(found->second.c_str());
}

int share_of(int seeds) {
    const char* share = std::getenv("LANEKEEPER_SEED_SHARE");
    return share ? std::max(1, int(seeds * std::atof(share))) : seeds;
}

void show(int seed, const Verdict& verdict) {
    fmt::print("seed {}: {} jobs, {} commits, {} processes, {} ms, trace {:016x}\n", seed, verdict.jobs, verdict.commits,
               verdict.lives, verdict.virtual_time.count(), verdict.hash);
    if (verdict.broken)
        fmt::print("seed {} BROKE {}: {}\nreplay: simulation --seed {}\n", seed, verdict.broken->promise, verdict.broken->text, seed);
}

int play_many(int first, int count) {
    std::int64_t commits = 0, lives = 0;
    int failed = 0;
    Census census;
    for (int seed = first; seed < first + count && failed < 5; ++seed) {
        auto verdict = play(std::uint64_t(seed), false);
        if (verdict.broken) {
            ++failed;
            show(seed, verdict);
        }
        for (const auto& [what, times] : verdict.census) census[what] += times;
        commits += verdict.commits;
        lives += verdict.lives;
    }
    for (const auto& [what, times] : census) fmt::print("{:>10} {}\n", times, what);
    fmt::print("{} seeds: {} commits, {} processes, {} failed\n", count, commits, lives, failed);
    return failed == 0 ? 0 : 1;
}

int play_twice(int count) {
    for (int seed = 1; seed <= count; ++seed) {
        auto first = play(std::uint64_t(seed), false);
        auto second = play(std::uint64_t(seed), false);
        if (first.hash == second.hash) continue;
        fmt::print("seed {} is not deterministic: traces {:016x} and {:016x}\n", seed, first.hash, second.hash);
        return 1;
    }
    fmt::print("{} seeds played twice, each with the same trace\n", count);
    return 0;
}

int run(const Options& options) {
    if (options.contains("--bugs")) return notice_bugs(number(options, "--seeds", 1000), share_of(80));
    if (options.contains("--bug") && !switch_on(options.at("--bug"))) return 2;
    if (options.contains("--same")) return play_twice(number(options, "--same", 20));
    if (!options.contains("--seed")) return play_many(number(options, "--first", 1), number(options, "--seeds", share_of(default_seeds)));
    configure_log(LogLevel::debug, LogFormat::text);
    auto seed = number(options, "--seed", 1);
    auto verdict = play(std::uint64_t(seed), true);
    show(seed, verdict);
    return verdict.broken ? 1 : 0;
}

}  // namespace
}  // namespace lanekeeper::simulation

int main(int count, char** words) {
    using namespace lanekeeper;
    // The queue is made to complain here; what it says is of use in a replay only.
    configure_log(LogLevel(int(LogLevel::error) + 1), LogFormat::text);
    return simulation::run(simulation::read_options(count, words));
}

// How fast jobs become durable: store_bench [directory] [seconds a figure] [jobs for the opening]
// Prints what the disk does on its own beside what the store makes of it.
#include "base/ids.hpp"
#include "store/open_store.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

using namespace lanekeeper;

namespace {

using Steady = std::chrono::steady_clock;

struct Bench {
    std::unique_ptr<Store> store;
    JobKeys keys;
    Steady::time_point until;
    std::int64_t done = 0;
    bool with_effects = false;
};

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

Job noop(Bench& bench) {
    Job job;
    job.key = bench.keys.next(SystemClock().wall());
    job.type = "noop";
    job.owner = fmt::format("project-{}", job.key % 64);
    job.payload = {{"sleepMs", 0}};
    job.created_at = SystemClock().wall();
    return job;
}

JobInsert insertion(Bench& bench) {
    JobInsert insert;
    insert.job = noop(bench);
    if (!bench.with_effects) return insert;
    auto id = insert.job.id();
    insert.effects.events.emplace_back("orchestrator_job_queued", std::nullopt,
                                       json::object{{"jobId", id}, {"projectId", insert.job.owner}, {"jobType", "noop"}});
    return insert;
}

Task<void> produce(Bench& bench, int jobs_each) {
    while (Steady::now() < bench.until) {
        Mutation mutation;
        mutation.at = SystemClock().wall();
        for (int i = 0; i < jobs_each; ++i) mutation.inserts.push_back(insertion(bench));
        auto committing = bench.store->commit(std::move(mutation));
        auto result = co_await std::move(committing);
        bench.done += std::int64_t(result.value().inserted.size());
    }
}

void run(asio::io_context& loop, Task<void> task) {
    asio::co_spawn(loop, std::move(task), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
}

void run_to_end(Task<void> task) {
    asio::io_context loop(1);
    run(loop, std::move(task));
    loop.run();
}

void measure(const std::string& directory, double seconds, int producers, int jobs_each, bool with_effects, StoreDriver driver) {
    auto path = directory + "/bench";
    std::filesystem::remove_all(path);
    Bench bench;
    bench.with_effects = with_effects;
    bench.store = make_store(StoreOptions(driver, path));
    run_to_end(bench.store->open());
    auto start = Steady::now();
    bench.until = start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
    asio::io_context loop(1);
    for (int i = 0; i < producers; ++i) run(loop, produce(bench, jobs_each));
    loop.run();
    auto took = seconds_since(start);
    auto stats = bench.store->stats();
    fmt::print("{:>7} {:>9} {:>6} {:>7} {:>12.0f} {:>11.0f} {:>12.1f}\n", driver == StoreDriver::sqlite ? "sqlite" : "json", producers,
               jobs_each, with_effects ? "yes" : "no", double(bench.done) / took, double(stats.commits) / took,
               double(bench.done) / double(stats.commits));
    run_to_end(bench.store->close());
    std::filesystem::remove_all(path);
}

// What a start costs with jobs that are merely there.
void measure_open(const std::string& directory, int jobs) {
    auto path = directory + "/bench-open";
    Bench bench;
    bench.store = make_store(StoreOptions(StoreDriver::sqlite, path));
    run_to_end(bench.store->open());
    for (int done = 0; done < jobs; done += 1000) {
        Mutation mutation;
        mutation.at = SystemClock().wall();
        for (int i = 0; i < 1000; ++i) mutation.inserts.push_back(insertion(bench));
        asio::io_context loop(1);
        asio::co_spawn(loop, bench.store->commit(std::move(mutation)), [](std::exception_ptr, Result<Committed>) {});
        loop.run();
    }
    run_to_end(bench.store->close());
    bench.store = make_store(StoreOptions(StoreDriver::sqlite, path));
    auto start = Steady::now();
    run_to_end(bench.store->open());
    fmt::print("\nopen with {} queued jobs: {:.0f} ms\n", jobs, seconds_since(start) * 1000);
    run_to_end(bench.store->close());
    std::filesystem::remove_all(path);
}

double sync_rate(const std::string& directory, double seconds, std::size_t bytes) {
    auto path = directory + "/sync";
    int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0) throw std::runtime_error("cannot open " + path);
    std::string block(bytes, 'x');
    std::int64_t count = 0;
    auto start = Steady::now();
    while (seconds_since(start) < seconds) {
        if (::write(fd, block.data(), block.size()) < 0 || ::fdatasync(fd) != 0) throw std::runtime_error("cannot write " + path);
        ++count;
    }
    auto rate = double(count) / seconds_since(start);
    ::close(fd);
    ::unlink(path.c_str());
    return rate;
}

}  // namespace

int main(int argc, char** argv) {
    testing::TempDir temporary;
    std::string directory = argc > 1 ? argv[1] : temporary.path().string();
    double seconds = argc > 2 ? std::atof(argv[2]) : 2;
    fmt::print("fdatasync a second: {:.0f} of 4 KiB, {:.0f} of 64 KiB\n\n", sync_rate(directory, seconds, 4096),
               sync_rate(directory, seconds, 65536));
    fmt::print("{:>7} {:>9} {:>6} {:>7} {:>12} {:>11} {:>12}\n", "driver", "producers", "each", "events", "jobs/s", "commits/s", "jobs/commit");
    for (bool effects : {false, true})
        for (int producers : {1, 16, 64}) measure(directory, seconds, producers, 1, effects, StoreDriver::sqlite);
    measure(directory, seconds, 4, 1000, true, StoreDriver::sqlite);
    measure(directory, seconds, 16, 1, true, StoreDriver::json);
    measure_open(directory, argc > 3 ? std::atoi(argv[3]) : 100'000);
}

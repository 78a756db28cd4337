// A list is of one moment, while jobs go on changing.
#include "conformance/drivers.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace lanekeeper;
using namespace lanekeeper::testing;

TEST_CASE("a list has each job once, whatever state it goes through meanwhile") {
    FOR_EACH_DRIVER(s);
    constexpr std::size_t jobs = 8;
    for (std::size_t key = 1; key <= jobs; ++key) s.insert(a_job(std::int64_t(key), "p1"));
    std::atomic<bool> done{false};
    std::atomic<int> wrong{0};
    std::thread reader([&] {
        JobQuery query;
        query.owner = "p1";
        while (!done) {
            auto page = run_task(s.store->jobs(query));
            std::vector<std::int64_t> keys;
            for (const auto& job : page.jobs) keys.push_back(job.key);
            bool each_once = keys.size() == jobs && std::adjacent_find(keys.begin(), keys.end()) == keys.end();
            if (!each_once) ++wrong;
        }
    });
    for (int round = 0; round < 25; ++round)
        for (std::int64_t key = 1; key <= std::int64_t(jobs); ++key)
            s.move_to(key, round % 2 == 0 ? JobState::running : JobState::queued);
    done = true;
    reader.join();
    CHECK(wrong == 0);
}

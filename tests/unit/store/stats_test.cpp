#include "store/stats.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

TEST_CASE("every commit is in the store's figures, however many there are between two looks") {
    StatsRecorder recorder;
    CHECK(!recorder.last_commit_ms());
    CHECK(recorder.get().commit_seconds.count() == 0);
    for (int i = 0; i < 10'000; ++i) recorder.committed(i < 7'000 ? 0.0003 : 0.002, i < 7'000 ? 1 : 100);
    for (int looks = 0; looks < 2; ++looks) {
        auto stats = recorder.get();
        CHECK(stats.commits == 10'000);
        CHECK(stats.mutations == 7'000 + 300'000);
        CHECK(stats.commit_seconds.count() == 10'000);
        CHECK(stats.commit_seconds.in_bucket(2) == 7'000);  // up to 0.5 ms
        CHECK(stats.commit_seconds.in_bucket(4) == 3'000);  // up to 2.5 ms
        CHECK(stats.batch_sizes.sum() == 307'000);
    }
    CHECK(recorder.last_commit_ms().value() == Approx(2));
}

// Seeds of everything that can happen to a schedule: kills, clocks that jump, full disks, answers that are lost. Whatever
// came, each slot has at most one job, and exactly one where nothing stood in its way.
#include "support/catch.hpp"
#include "support/run_task.hpp"
#include "support/schedule_rig.hpp"

#include <random>
#include <set>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

constexpr int seeds = 40;
constexpr int steps = 25;

/// One life under a storm, and the times in which nothing disturbed it.
class Storm {
public:
    explicit Storm(unsigned seed) : random_(seed) {
        auto wanted = rig.spec(pick({"*/5 * * * *", "*/7 * * * *", "13,40 * * * *", "@hourly"}), {{"ms", int(below(20)) * 60'000}});
        wanted.missed = below(2) ? Missed::once : Missed::none;
        wanted.overlap = below(2) ? Overlap::skip : Overlap::queue;
        wanted.timezone = pick({"UTC", "Asia/Kathmandu", "Europe/Berlin"});
        skips_ = wanted.overlap == Overlap::skip;
        id = rig.create(wanted);
        calm_since_ = rig.time.wall();
    }

    void blow() {
        for (int i = 0; i < steps; ++i) step();
        end_calm();
    }

    /// Slots that nothing stood in the way of.
    std::set<WallTime> expected() {
        std::set<WallTime> all;
        auto schedule = rig.view(id).schedule;
        auto cron = parse_cron(schedule.cron).value();
        auto zone = find_zone(schedule.timezone).value();
        for (auto [from, to] : calm_)
            for (auto slot = next_slot(cron, *zone, from); slot && *slot < to - 1min; slot = next_slot(cron, *zone, *slot)) all.insert(*slot);
        return all;
    }

    /// The slots with jobs, and how many each has.
    std::map<WallTime, int> made() {
        std::map<WallTime, int> all;
        auto prefix = std::string("schedule:" + id + ":");
        for (const auto& job : rig.jobs_of(id))
            if (auto slot = parse_iso(job.dedupe_key->substr(prefix.size()))) ++all[*slot];
        return all;
    }

    /// Of the jobs of slots, as they were told: whether one came while another was open.
    bool overlapped() {
        std::set<std::string> ours, open;
        for (const auto& job : rig.jobs_of(id))
            if (job.dedupe_key->find(":manual:") == std::string::npos) ours.insert(job.id());
        for (const auto& event : rig.heard->events) {
            if (!ours.contains(event.job_id)) continue;
            bool fresh = event.type == "job:created";
            if (fresh && !open.empty()) return true;
            if (fresh) open.insert(event.job_id);
            if (event.type == "job:completed" || event.type == "job:cancelled" || event.type == "job:expired") open.erase(event.job_id);
            if (event.type == "job:failed" && !event.payload.at("willRetry").as_bool()) open.erase(event.job_id);
        }
        return false;
    }
    bool skips() const { return skips_; }

    ScheduleRig rig;
    std::string id;

private:
    unsigned below(unsigned bound) { return unsigned(random_() % bound); }
    std::string pick(std::vector<std::string> words) { return words[below(unsigned(words.size()))]; }
    Millis some(Millis most) { return Millis{std::int64_t(random_() % std::uint64_t(most.count()))}; }

    void end_calm() { calm_.emplace_back(calm_since_, rig.time.wall()); }
    template <class Trouble>
    void disturb(Trouble trouble) {
        end_calm();
        trouble();
        calm_since_ = rig.time.wall();
    }

    void step() {
        switch (below(10)) {
            case 0: return disturb([&] { rig.live_again(some(below(2) ? 40min : 1min)); });
            case 1: return disturb([&] { rig.time.step_wall(some(100min) - 50min); });
            case 2: return disturb([&] { full_disk(); });
            case 3: return disturb([&] { lose_an_answer(); });
            case 4: return rename();
            case 5: rig.wait_for(rig.schedules->run_now(id)).value(); return;
            case 6: return disturb([&] { switch_off_and_on(); });
            default: rig.advance(some(30min));
        }
    }

    void full_disk() {
        rig.store.break_disk(true);
        rig.advance(some(20min));
        rig.store.break_disk(false);
    }

    /// A slot is committed, and the process dies before it learns of it.
    void lose_an_answer() {
        bool lost = false;
        rig.store.before_commit = [&](const Mutation& mutation) {
            bool of_slot = !mutation.inserts.empty() && mutation.inserts[0].job.dedupe_key;
            if (!of_slot || lost) return;
            lost = true;
            run_task(rig.memory.commit(mutation)).value();
            throw StorageUnavailable("no answer");
        };
        for (int i = 0; i < 200 && !lost; ++i) rig.advance(1min);
        rig.store.before_commit = {};
        rig.live_again(some(5min));
    }

    void rename() {
        ScheduleChange change;
        change.name = "name " + std::to_string(below(100));
        rig.change(id, change).value();
    }

    void switch_off_and_on() {
        ScheduleChange change;
        change.enabled = false;
        rig.change(id, change).value();
        rig.advance(some(20min));
        if (below(2)) rig.live_again(some(20min));
        change.enabled = true;
        rig.change(id, change).value();
    }

    std::mt19937 random_;
    bool skips_ = false;
    WallTime calm_since_{};
    std::vector<std::pair<WallTime, WallTime>> calm_;
};

}  // namespace

TEST_CASE("through any storm each slot has at most one job, and exactly one where nothing was in its way") {
    int expected = 0, made = 0;
    for (unsigned seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed);
        Storm storm(seed);
        storm.blow();
        auto jobs = storm.made();
        for (const auto& [slot, count] : jobs)
            if (count != 1) FAIL_CHECK(iso(slot) << " has " << count << " jobs");
        made += int(jobs.size());
        if (storm.skips()) {
            CHECK_FALSE(storm.overlapped());
            continue;
        }
        for (auto slot : storm.expected()) {
            ++expected;
            if (!jobs.contains(slot)) FAIL_CHECK(iso(slot) << " has no job");
        }
    }
    // The storm must leave something to look at.
    CHECK(made > 5 * seeds);
    CHECK(expected > 2 * seeds);
}

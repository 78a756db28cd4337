#include "simulation/world.hpp"

#include "simulation/life.hpp"
#include "support/manual_time.hpp"

namespace lanekeeper::simulation {
namespace {

constexpr int handlers_without_time = 100'000;
constexpr Millis heartbeat{1000};
constexpr std::int64_t midnight = 1'767'225'600'000;
constexpr std::int64_t before_the_minute = 44'000;  // the minute ends while there is chaos
constexpr Millis longest_healing{3'600'000};

class World {
public:
    World(std::uint64_t seed, bool spoken)
        : time_(from_ms(midnight + before_the_minute + std::int64_t(seed % 16) * 1000)), random_(seed), queue_random_(seed ^ 0x9e3779b97f4a7c15u), trace_(time_, spoken), settings_(random_settings(random_)),
          pool_(random_pool_settings(random_)), referee_(time_, settings_, pool_, trace_), disk_(time_, "simulation"), faults_(random_),
          turns_(std::make_shared<scripted::World>()),
          outside_{time_, random_, queue_random_, disk_, faults_, turns_, memory_, referee_, settings_, pool_},
          chaos_ends_(time_.mono() + some_ms(random_, 4'000, 16'000)) {}

    Verdict play() {
        while (!done_ && !referee_.verdict()) {
            ++lives_;
            Life life(outside_);
            plan_end_of_life();
            live(life);
        }
        Verdict verdict;
        verdict.broken = referee_.verdict();
        verdict.hash = trace_.hash();
        verdict.lives = lives_;
        verdict.jobs = referee_.book().jobs().size();
        verdict.commits = disk_.stats().commits;
        verdict.virtual_time = trace_.now();
        verdict.census = referee_.census();
        return verdict;
    }

private:
    void plan_end_of_life() {
        kill_at_.reset();
        stop_at_.reset();
        if (time_.mono() >= chaos_ends_) return;
        if (one_in(random_, 4)) kill_at_ = time_.mono() + some_ms(random_, 0, 8000);
        else if (one_in(random_, 3)) stop_at_ = time_.mono() + some_ms(random_, 0, 8000);
    }

    // Runs what is ready, one handler after the other; time stands.
    void settle(Life& life) {
        life.loop().restart();
        int handlers = 0;
        while (!life.over() && !referee_.verdict() && life.loop().poll_one() > 0)
            if (++handlers > handlers_without_time) referee_.broken("time_goes_on", "the queue spins without waiting for anything");
    }

    void live(Life& life) {
        for (;;) {
            settle(life);
            referee_.stepped();
            if (life.over() || done_ || referee_.verdict()) return;
            interfere(life);
            if (life.over() || done_) return;
            pass_time();
        }
    }

    // To the next deadline, and not farther than a heartbeat: invariants also look at times at which nothing happens.
    void pass_time() {
        asio::io_context nothing;  // time polls what it is given; our loop is polled by `settle` alone
        auto next = time_.next();
        if (next && *next <= time_.mono() + heartbeat) time_.advance_to_next(nothing);
        else time_.advance(nothing, heartbeat);
    }

    void interfere(Life& life) {
        auto now = time_.mono();
        if (kill_at_ && now >= *kill_at_) {
            kill_at_.reset();
            return life.crash();
        }
        if (stop_at_ && now >= *stop_at_) {
            stop_at_.reset();
            life.stop();
        }
        if (now >= chaos_ends_) return heal(life);
        if (one_in(random_, 4000)) faults_.begin_outage(now, some_ms(random_, 100, 3000));
    }

    void heal(Life& life) {
        if (!faults_.healed()) trace_.line("==== no more faults");
        faults_.heal();
        life.heal();
        if (time_.mono() > chaos_ends_ + longest_healing) referee_.broken("every_job_ends", "an hour was not enough to recover");
        if (!life.healed()) return;
        if (!healed_at_) {
            healed_at_ = time_.mono();
            patience_ = Millis{60'000} + Millis{12'000} * std::int64_t(referee_.book().open());
        }
        if (referee_.book().open() == 0) {
            life.look_back();
            if (life.looked_back()) finish();
        } else if (time_.mono() - *healed_at_ > patience_)
            referee_.broken("every_job_ends", std::to_string(referee_.book().open()) + " jobs are still open long after healing");
    }

    void finish() {
        done_ = true;
        for (auto key : memory_.jobs)
            if (!referee_.book().find(key)) referee_.broken("acknowledged_is_kept", "an acknowledged job is gone");
        referee_.recount(disk_.counts());
    }

    ManualTime time_;
    SeededRandom random_;
    SeededRandom queue_random_;
    Trace trace_;
    const QueueSettings settings_;
    const PoolSettings pool_;
    Referee referee_;
    MemoryStore disk_;
    Faults faults_;
    std::shared_ptr<scripted::World> turns_;
    Memory memory_;
    Outside outside_;
    MonoTime chaos_ends_;
    std::optional<MonoTime> kill_at_, stop_at_, healed_at_;
    Millis patience_{0};
    int lives_ = 0;
    bool done_ = false;
};

}  // namespace

Verdict play(std::uint64_t seed, bool spoken) {
    World world(seed, spoken);
    return world.play();
}

}  // namespace lanekeeper::simulation

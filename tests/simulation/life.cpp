#include "simulation/life.hpp"

#include "simulation/job_types.hpp"
#include "simulation/people/schedule_person.hpp"

#include <boost/asio/co_spawn.hpp>

namespace lanekeeper::simulation {
namespace {

constexpr Millis longest_pause{5000};

}  // namespace

/// Hears everything that is published, as an unfiltered socket does.
class Life::Ear final : public EventSink {
public:
    explicit Ear(Referee& referee) : referee_(referee) {}
    void push(const SharedEvent& event) override { referee_.published(*event.event); }

private:
    Referee& referee_;
};

Life::Life(Outside& outside)
    : outside_(outside), metrics_(make_metrics()),
      store_(outside.disk, outside.faults, outside.referee, outside.time, [this] { crash(); }), ledger_(store_),
      ear_(std::make_shared<Ear>(outside.referee)), stage_(std::make_shared<Stage>(outside.referee)),
      runtime_(loop_.get_executor(), outside.time, [this](const TurnRequest&) { return choose_script(); }, outside.turns),
      queue_(ledger_, registry_, runtime_, outside.time, outside.queue_random, *metrics_, outside.settings, loop_.get_executor(),
             outside.pool),
      schedules_(ledger_, queue_, outside.time, outside.queue_random, loop_.get_executor(), read_scheduled),
      place_{queue_, outside.time, outside.random, outside.referee, outside.memory, schedules_}, people_(all_people(place_)) {
    outside_.faults.new_life();
    add_job_types(registry_, stage_, outside_.faults.healed() || !one_in(outside_.random, 3));
    runtime_.add_listener([stage = stage_](const RuntimeNotice& notice) { stage->hear(notice); });
    spawn("boot", boot());
}

Life::~Life() {
    outside_.referee.set_granting(false);
    loop_.destroy_waiting();
}

scripted::TurnScript Life::choose_script() {
    if (outside_.faults.healed()) return scripted::TurnScript{};
    return scripted::random_script(outside_.random);
}

void Life::crash() {
    outside_.referee.trace().line("---- killed");
    outside_.referee.count("killed");
    over_ = true;
    loop_.stop();
}

// Whatever escapes here is a surprise that no promise covers.
void Life::spawn(const char* what, Task<void> task) {
    auto ended = [this, what](std::exception_ptr failure) {
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const StorageUnavailable&) {
            outside_.referee.trace().line("{}: the store is not available", what);
            if (!started_) over_ = true;  // a daemon that cannot recover ends, and is started again
        } catch (const std::exception& error) {
            outside_.referee.broken("no_surprises", std::string(what) + ": " + error.what());
        }
    };
    asio::co_spawn(loop_, std::move(task), std::move(ended));
}

Task<void> Life::boot() {
    co_await store_.open();
    auto range = co_await store_.event_range();
    outside_.referee.trace().line("---- a process begins, newest event {}", range.newest);
    outside_.referee.new_life(range.newest);
    hub_ = make_hub(range.newest);
    EventInterest everything;
    hub_->subscribe(ear_, everything);
    ledger_.attach(*hub_);
    co_await runtime_.start();
    co_await queue_.start();
    auto beginning = schedules_.start(true);
    co_await std::move(beginning);
    started_ = true;
    outside_.referee.trace().line("---- admitting");
    outside_.referee.set_granting(true);
    for (const auto& person : people_) {
        if (outside_.faults.healed()) person->leave();
        spawn("client", person->live());
    }
}

void Life::stop() {
    if (!started_) return crash();
    auto drain = some_ms(outside_.random, 0, 1500);
    auto settle = some_ms(outside_.random, 0, 600);
    outside_.referee.trace().line("---- stopping, drain {} settle {}", drain.count(), settle.count());
    for (const auto& person : people_) person->leave();
    stopping_ = true;
    StopOptions options;
    options.drain = drain;
    options.settle = settle;
    spawn("stop", stop_here(options));
    if (one_in(outside_.random, 4)) spawn("hurry", hurry_later(some_ms(outside_.random, 0, 800)));
}

Task<void> Life::hurry_later(Millis pause) {
    co_await pause_for(outside_.time, pause);
    StopOptions options;
    co_await queue_.stop(options);
}

// stop_is_bounded: drain, settle, the writing of what was forced, and the last word to runners (queue.md 7).
Task<void> Life::stop_here(StopOptions options) {
    auto began = outside_.time.mono();
    outside_.referee.set_granting(false);
    co_await schedules_.stop();
    co_await queue_.stop(options);
    auto took = std::chrono::duration_cast<Millis>(outside_.time.mono() - began);
    auto bound = options.drain + 2 * options.settle + Millis{1000} + settling;
    if (took > bound) outside_.referee.broken("stop_is_bounded", fmt::format("a stop took {} ms", took.count()));
    bool store_was_well = outside_.referee.last_failure() < began - settling;
    if (store_was_well && outside_.referee.book().running() + int(outside_.referee.book().pool().running.size()) > 0 && options.settle > settling)
        outside_.referee.broken("stop_is_clean", "jobs are still running after a clean stop");
    // Whatever the queue still holds would move now.
    co_await pause_for(outside_.time, 2 * settling);
    co_await runtime_.stop();
    co_await store_.close();
    outside_.referee.trace().line("---- ended");
    outside_.referee.count("stopped cleanly");
    over_ = true;
}

void Life::heal() {
    if (healing_ || !started_ || stopping_) return;
    healing_ = true;
    for (const auto& person : people_) person->leave();
    spawn("resume", resume_lanes());
}

Task<void> Life::resume_lanes() {
    // People who are in the middle of a pause resume their lane by themselves, or are gone with their process.
    co_await pause_for(outside_.time, longest_pause);
    co_await resume_all(place_);
    resumed_ = true;
}

void Life::look_back() {
    if (looking_back_) return;
    looking_back_ = true;
    spawn("look back", look_at_pool());
}

// pool_shrinks: workers that have had nothing to do for long go home, down to the fewest.
Task<void> Life::look_at_pool() {
    auto long_idle = outside_.pool.worker_idle + 2 * settling;
    co_await pause_for(outside_.time, long_idle);
    auto looking = queue_.pool();
    auto view = co_await std::move(looking);
    auto left = int(view.workers.size());
    if (left != outside_.pool.workers_min || view.queued + view.running > 0)
        outside_.referee.broken("pool_shrinks", fmt::format("{} workers are left of an idle pool, {} jobs wait and {} run", left, view.queued, view.running));
    looked_back_ = true;
}

}  // namespace lanekeeper::simulation

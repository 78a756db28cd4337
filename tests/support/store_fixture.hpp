#pragma once
#include "base/time.hpp"
#include "job/job.hpp"
#include "store/mutation.hpp"
#include "store/open_store.hpp"
#include "support/run_task.hpp"
#include "support/temp_dir.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lanekeeper::testing {

/// A clock that stands where it is put.
class SetClock final : public Clock {
public:
    WallTime wall() const override { return now; }
    MonoTime mono() const override { return MonoTime{} + now.time_since_epoch(); }
    WallTime now = from_ms(1'800'000'000'000);
};

/// A store of one driver in a directory of its own, with its calls made plain. Every call must succeed, or throws.
class StoreFixture {
public:
    explicit StoreFixture(StoreDriver driver) : driver_(driver) { open(); }
    ~StoreFixture() {
        if (store) run_task(store->close());
    }

    void open() {
        StoreOptions options(driver_, dir.path().string());
        options.clock = &clock;
        store = make_store(options);
        store->set_listener([this](const std::vector<Event>& events) { heard.push_back(events); });
        run_task(store->open());
    }
    void close() {
        run_task(store->close());
        store.reset();
    }
    void reopen() {
        close();
        open();
    }

    Result<Committed> try_commit(Mutation mutation) {
        if (mutation.at == WallTime{}) mutation.at = clock.now;
        return run_task(store->commit(std::move(mutation)));
    }
    Committed commit(Mutation mutation) { return try_commit(std::move(mutation)).value(); }
    Inserted insert(JobInsert job) {
        Mutation mutation;
        mutation.inserts.push_back(std::move(job));
        return commit(std::move(mutation)).inserted.at(0);
    }
    Inserted insert(Job job) {
        JobInsert insert_it;
        insert_it.job = std::move(job);
        return insert(std::move(insert_it));
    }
    /// Commits the job as it would be in a state, from how it is stored.
    Job move_to(std::int64_t key, JobState state) {
        Job next = *job(key);
        auto from = next.state;
        auto run = next.run;
        next.state = state;
        if (state == JobState::running) {
            ++next.run;
            next.started_at = clock.now;
        }
        if (is_terminal(state)) next.completed_at = clock.now;
        Mutation mutation;
        mutation.updates.emplace_back(next, from, run);
        commit(std::move(mutation));
        return next;
    }
    std::optional<Job> job(std::int64_t key) { return run_task(store->job(key)); }
    std::optional<Record> record(std::string kind, std::string scope, std::string key) {
        return run_task(store->record(kind, scope, key));
    }
    std::vector<Record> records(std::string kind, std::string scope, std::int64_t after = 0, std::size_t limit = 1000) {
        return run_task(store->records(kind, scope, after, limit));
    }
    std::vector<Event> events(std::int64_t after = 0) {
        return run_task(store->events(after, INT64_MAX, EventFilter{}, 1000)).events;
    }
    /// Steps until there is no more to do; returns how many steps.
    int retain(const RetentionRules& rules) {
        int steps = 1;
        while (run_task(store->retain(rules, clock.now))) ++steps;
        return steps;
    }

    TempDir dir;
    SetClock clock;
    std::unique_ptr<Store> store;
    std::vector<std::vector<Event>> heard;

private:
    StoreDriver driver_;
};

inline Job a_job(std::int64_t key, std::string owner = "p1") {
    Job job;
    job.key = key;
    job.type = "noop";
    job.owner = std::move(owner);
    job.payload = {{"n", key}};
    job.max_attempts = 2;
    job.created_at = from_ms(1'800'000'000'000 + key);
    return job;
}

}  // namespace lanekeeper::testing

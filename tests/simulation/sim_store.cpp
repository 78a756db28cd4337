#include "simulation/sim_store.hpp"

#include "async/on_strand.hpp"
#include "base/ids.hpp"

#include <algorithm>

namespace lanekeeper::simulation {
namespace {

// Calls of a store are not cancellable: they run in a coroutine of their own that hears of no cancellation.
template <class T>
Task<T> apart(Task<T> work) {
    auto executor = co_await asio::this_coro::executor;
    auto inside = sheltered(std::move(work));
    auto running = asio::co_spawn(executor, std::move(inside), asio::use_awaitable);
    co_return co_await std::move(running);
}

template <class T>
Task<T> slowly(TimeSource& time, Millis before, Task<T> work, Millis after) {
    if (before.count() > 0) co_await pause_for(time, before);
    auto value = co_await std::move(work);
    if (after.count() > 0) co_await pause_for(time, after);
    co_return value;
}

void take_effects(Commit& seen, const Effects& effects) {
    seen.puts.insert(seen.puts.end(), effects.puts.begin(), effects.puts.end());
    seen.deletes.insert(seen.deletes.end(), effects.deletes.begin(), effects.deletes.end());
}

// Those that it names, and the jobs of workflows that it cancels.
std::vector<std::int64_t> updated(const Mutation& mutation, const Book& book) {
    std::vector<std::int64_t> keys;
    for (const auto& update : mutation.updates) keys.push_back(update.next.key);
    for (const auto& cancel : mutation.cancels) {
        keys.push_back(cancel.key);
        for (const auto& [key, entry] : book.jobs())
            if (is_open(entry.job.state) && entry.job.workflow_id == job_id(cancel.key)) keys.push_back(key);
    }
    return keys;
}

std::vector<Effects> effects_of_inserts(const Mutation& mutation) {
    std::vector<Effects> effects;
    for (const auto& insert : mutation.inserts) effects.push_back(insert.effects);
    return effects;
}

// What is said of jobs inside the transaction, by hooks that planning asks.
std::shared_ptr<Effects> listen_to(Mutation& mutation) {
    auto told = std::make_shared<Effects>();
    auto listen = [told](auto& tell) {
        if (!tell) return;
        tell = [told, asked = tell](const auto& subject) {
            auto effects = asked(subject);
            told->append(effects);
            return effects;
        };
    };
    listen(mutation.tell);
    for (auto& insert : mutation.inserts) listen(insert.tell);
    return told;
}

}  // namespace

SimStore::SimStore(MemoryStore& disk, Faults& faults, Referee& referee, TimeSource& time, std::function<void()> die)
    : disk_(disk), faults_(faults), referee_(referee), time_(time), die_(std::move(die)) {}

Task<Result<Committed>> SimStore::commit(Mutation mutation) {
    auto work = commit_here(std::move(mutation));
    auto committing = apart(std::move(work));
    co_return co_await std::move(committing);
}

Task<Result<Committed>> SimStore::commit_here(Mutation mutation) {
    // What is under way in the same step of the loop would go on for a moment after a crash.
    if (dead_) co_await stay_dead();
    auto crash = faults_.crash();
    auto after = faults_.delay_after();
    if (auto before = faults_.delay_before(); before.count() > 0) co_await pause_for(time_, before);
    if (dead_) co_await stay_dead();
    co_await maybe_die(crash, CrashPoint::before_commit);
    if (faults_.fails(time_.mono())) {
        referee_.storage_failed();
        throw StorageUnavailable("the simulated disk fails");
    }
    Commit seen;
    take_effects(seen, mutation.effects);
    auto told = listen_to(mutation);
    auto of_inserts = effects_of_inserts(mutation);
    auto changed = updated(mutation, referee_.book());
    auto committing = disk_.commit(std::move(mutation));
    auto committed = co_await std::move(committing);
    if (!committed) {
        referee_.refused(committed.error(), of_inserts.size());
    } else {
        std::vector<std::int64_t> merged;
        for (std::size_t i = 0; i < of_inserts.size(); ++i) {
            const auto& inserted = committed->inserted[i];
            if (inserted.how == Inserted::How::duplicate) continue;
            if (inserted.how == Inserted::How::merged) merged.push_back(inserted.job.key);
            else take_effects(seen, of_inserts[i]);
            changed.push_back(inserted.job.key);
        }
        for (const auto& transition : committed->cascaded) changed.push_back(transition.next.key);
        take_effects(seen, *told);
        seen.events = committed->events;
        co_await show(std::move(seen), std::move(changed), std::move(merged));
        co_await maybe_die(crash, CrashPoint::before_publish);
        if (listener_) listener_(committed->events);
    }
    co_await maybe_die(crash, CrashPoint::before_answer);
    if (after.count() > 0) co_await pause_for(time_, after);
    co_return committed;
}

// The referee looks at the rows themselves, not at what was asked for.
Task<void> SimStore::show(Commit seen, std::vector<std::int64_t> changed, std::vector<std::int64_t> merged) {
    seen.now = time_.mono();
    seen.wall = time_.wall();
    std::set<std::int64_t> shown;
    for (auto key : changed) {
        if (!shown.insert(key).second) continue;  // a new job that had ended before it came
        auto reading = disk_.job(key);
        auto row = co_await std::move(reading);
        Change change;
        change.after = *row;
        if (const auto* entry = referee_.book().find(key)) change.before = entry->job;
        change.merged = std::find(merged.begin(), merged.end(), key) != merged.end();
        seen.changes.push_back(std::move(change));
    }
    referee_.committed(std::move(seen));
    referee_.recount(disk_.counts());
}

Task<void> SimStore::maybe_die(std::optional<CrashPoint> planned, CrashPoint point) {
    if (planned != point) co_return;
    constexpr const char* points[] = {"before it", "committed, not published", "published, not answered"};
    referee_.trace().line("crash at a commit, {}", points[int(point)]);
    referee_.count(std::string("killed at a commit, ") + points[int(point)]);
    dead_ = true;
    die_();
    co_await stay_dead();
}

Task<void> SimStore::stay_dead() {
    auto executor = co_await asio::this_coro::executor;
    auto never = time_.alarm(executor);
    co_await never->wait();
}

template <class T>
Task<T> SimStore::read(Task<T> reading) {
    auto before = faults_.read_delay();
    auto after = faults_.read_delay();
    auto work = slowly(time_, before, std::move(reading), after);
    auto running = apart(std::move(work));
    co_return co_await std::move(running);
}

Task<std::optional<Job>> SimStore::job(std::int64_t key) { return read(disk_.job(key)); }
Task<std::optional<Job>> SimStore::job_by_client_id(std::string client_id) {
    return read(disk_.job_by_client_id(std::move(client_id)));
}
Task<std::vector<std::int64_t>> SimStore::dependents(std::int64_t key, std::size_t limit) {
    return read(disk_.dependents(key, limit));
}
Task<JobPage> SimStore::jobs(JobQuery query) { return read(disk_.jobs(std::move(query))); }
Task<std::vector<OpenJob>> SimStore::open_jobs(std::int64_t after, std::size_t limit) {
    return read(disk_.open_jobs(after, limit));
}
Task<std::vector<std::int64_t>> SimStore::open_jobs_of_session(std::string session_id) {
    return read(disk_.open_jobs_of_session(std::move(session_id)));
}
Task<std::optional<Job>> SimStore::open_duplicate(std::string dedupe_match) {
    return read(disk_.open_duplicate(std::move(dedupe_match)));
}
Task<std::optional<Record>> SimStore::record(std::string kind, std::string scope, std::string key) {
    return read(disk_.record(std::move(kind), std::move(scope), std::move(key)));
}
Task<std::vector<Record>> SimStore::records(std::string kind, std::string scope, std::int64_t after, std::size_t limit) {
    return read(disk_.records(std::move(kind), std::move(scope), after, limit));
}
Task<std::vector<Record>> SimStore::records_of_kind(std::string kind, std::int64_t after, std::size_t limit) {
    return read(disk_.records_of_kind(std::move(kind), after, limit));
}
Task<EventPage> SimStore::events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) {
    return read(disk_.events(after, up_to, std::move(filter), limit));
}

}  // namespace lanekeeper::simulation

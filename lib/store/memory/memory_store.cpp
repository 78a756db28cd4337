#include "store/memory/memory_store.hpp"

#include "base/test_bugs.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lanekeeper {

MemoryStore::MemoryStore(const Clock& clock, std::string epoch) : clock_(clock), epoch_(std::move(epoch)) {}

Task<void> MemoryStore::open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    co_return;
}

Task<void> MemoryStore::close() {
    std::lock_guard lock(mutex_);
    open_ = false;
    co_return;
}

void MemoryStore::require_open() const {
    if (!open_) throw StorageUnavailable("the store is closed");
}

Task<Result<Committed>> MemoryStore::commit(Mutation mutation) {
#ifdef LANEKEEPER_TEST_BUGS
    bool checks_duplicates = !mutation.inserts.empty() && mutation.inserts.front().dedupe != DedupeMode::none;
    if (has_bug(Bug::dedupe_outside_transaction) && checks_duplicates) {
        auto plan = plan_mutation(state_, std::move(mutation));
        auto executor = co_await asio::this_coro::executor;
        co_await asio::post(executor, asio::use_awaitable);
        if (!plan) co_return plan.error();
        co_return write(std::move(*plan));
    }
#endif
    co_return commit_now(std::move(mutation));
}

Result<Committed> MemoryStore::commit_now(Mutation mutation) {
    std::lock_guard lock(mutex_);
    require_open();
    auto plan = plan_mutation(state_, std::move(mutation));
    if (!plan) return plan.error();
    return write(std::move(*plan));
}

Committed MemoryStore::write(Plan plan) {
    auto committed = state_.write(std::move(plan));
    ++stats_.commits;
    ++stats_.mutations;
    stats_.commit_seconds.observe(0);
    stats_.batch_sizes.observe(1);
    if (listener_ && !committed.events.empty()) listener_(committed.events);
    return committed;
}

Task<std::optional<Job>> MemoryStore::job(std::int64_t key) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.job(key);
}

Task<std::optional<Job>> MemoryStore::job_by_client_id(std::string client_id) {
    std::lock_guard lock(mutex_);
    require_open();
    auto key = state_.key_of_client_id(client_id);
    co_return key ? state_.job(*key) : std::nullopt;
}

Task<std::vector<std::int64_t>> MemoryStore::dependents(std::int64_t key, std::size_t limit) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.dependents(key, limit);
}

Task<JobPage> MemoryStore::jobs(JobQuery query) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.jobs(query);
}

Task<std::vector<OpenJob>> MemoryStore::open_jobs(std::int64_t after, std::size_t limit) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.open_jobs(after, limit);
}

Task<std::vector<std::int64_t>> MemoryStore::open_jobs_of_session(std::string session_id) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.open_jobs_of_session(session_id);
}

Task<std::optional<Job>> MemoryStore::open_duplicate(std::string dedupe_match) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.duplicate(dedupe_match, JobState::pending, JobState::running);
}

Task<std::optional<Record>> MemoryStore::record(std::string kind, std::string scope, std::string key) {
    std::lock_guard lock(mutex_);
    require_open();
    RecordName name{std::move(kind), std::move(scope), std::move(key)};
    co_return state_.record(name);
}

Task<std::vector<Record>> MemoryStore::records(std::string kind, std::string scope, std::int64_t after, std::size_t limit) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.records(kind, scope, after, limit);
}

Task<std::vector<Record>> MemoryStore::records_of_kind(std::string kind, std::int64_t after, std::size_t limit) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.records_of_kind(kind, after, limit);
}

Task<EventPage> MemoryStore::events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.events(after, up_to, std::move(filter), limit);
}

Task<EventRange> MemoryStore::event_range() {
    std::lock_guard lock(mutex_);
    require_open();
    EventRange range{state_.oldest_seq(), state_.last_seq(), epoch_};
    co_return range;
}

Task<bool> MemoryStore::retain(RetentionRules rules, WallTime now) {
    std::lock_guard lock(mutex_);
    require_open();
    co_return state_.retain(rules, now);
}

StoreCounts MemoryStore::counts() const {
    std::lock_guard lock(mutex_);
    return state_.counters().summary().at(clock_.wall());
}

std::int64_t MemoryStore::highest_job_key() const {
    std::lock_guard lock(mutex_);
    return state_.highest_key();
}

StoreHealth MemoryStore::health() const {
    std::lock_guard lock(mutex_);
    StoreHealth health;
    health.driver = "memory";
    health.ok = open_;
    if (!open_) health.problem = "closed";
    return health;
}

StoreStats MemoryStore::stats() const {
    std::lock_guard lock(mutex_);
    return stats_;
}

void MemoryStore::set_listener(Listener listener) { listener_ = std::move(listener); }

}  // namespace lanekeeper

#pragma once
#include "store/store.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <utility>

namespace lanekeeper::testing {

/// A store whose commits fail when the test says so, as a full disk does; everything else is the store behind it.
class FailingStore final : public Store {
public:
    explicit FailingStore(Store& inner) : inner_(inner) {}

    /// The `nth` commit from now (0: the next) and `times - 1` after it throw StorageUnavailable; nothing is committed.
    void fail_commits(int nth, int times = 1) {
        fail_from_ = commits + nth;
        fail_to_ = fail_from_ + times;
    }
    /// All commits fail until this is called with false.
    void break_disk(bool broken) { broken_ = broken; }
    int commits = 0;   // asked for, the failed ones too
    int failures = 0;
    int slowness = 0;  // how often others get their turn before a commit is made
    std::function<void(const Mutation&)> before_commit;  // sees what will be committed

    Task<Result<Committed>> commit(Mutation mutation) override {
        int number = commits++;
        if (broken_ || (number >= fail_from_ && number < fail_to_)) {
            ++failures;
            throw StorageUnavailable("no space left on device");
        }
        for (int i = 0; i < slowness; ++i) {
            auto executor = co_await asio::this_coro::executor;
            co_await asio::post(executor, asio::use_awaitable);
        }
        if (before_commit) before_commit(mutation);
        auto committing = inner_.commit(std::move(mutation));
        auto committed = co_await std::move(committing);
        co_return committed;
    }

    Task<void> open() override { return inner_.open(); }
    Task<void> close() override { return inner_.close(); }
    Task<std::optional<Job>> job(std::int64_t key) override { return inner_.job(key); }
    Task<std::optional<Job>> job_by_client_id(std::string id) override { return inner_.job_by_client_id(std::move(id)); }
    Task<std::vector<std::int64_t>> dependents(std::int64_t key, std::size_t limit) override { return inner_.dependents(key, limit); }
    Task<JobPage> jobs(JobQuery query) override { return inner_.jobs(std::move(query)); }
    Task<std::vector<OpenJob>> open_jobs(std::int64_t after, std::size_t limit) override { return inner_.open_jobs(after, limit); }
    Task<std::vector<std::int64_t>> open_jobs_of_session(std::string session) override {
        return inner_.open_jobs_of_session(std::move(session));
    }
    Task<std::optional<Job>> open_duplicate(std::string match) override { return inner_.open_duplicate(std::move(match)); }
    Task<std::optional<Record>> record(std::string kind, std::string scope, std::string key) override {
        return inner_.record(std::move(kind), std::move(scope), std::move(key));
    }
    Task<std::vector<Record>> records(std::string kind, std::string scope, std::int64_t after, std::size_t limit) override {
        return inner_.records(std::move(kind), std::move(scope), after, limit);
    }
    Task<std::vector<Record>> records_of_kind(std::string kind, std::int64_t after, std::size_t limit) override {
        return inner_.records_of_kind(std::move(kind), after, limit);
    }
    Task<EventPage> events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) override {
        return inner_.events(after, up_to, std::move(filter), limit);
    }
    Task<EventRange> event_range() override { return inner_.event_range(); }
    Task<bool> retain(RetentionRules rules, WallTime now) override { return inner_.retain(rules, now); }
    StoreCounts counts() const override { return inner_.counts(); }
    std::int64_t highest_job_key() const override { return inner_.highest_job_key(); }
    StoreHealth health() const override { return inner_.health(); }
    StoreStats stats() const override { return inner_.stats(); }
    void set_listener(Listener listener) override { inner_.set_listener(std::move(listener)); }

private:
    Store& inner_;
    int fail_from_ = -1, fail_to_ = -1;
    bool broken_ = false;
};

}  // namespace lanekeeper::testing

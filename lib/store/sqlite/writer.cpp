#include "store/sqlite/writer_transact.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

namespace lanekeeper::sqlite {

struct Writer::Waiting {
    explicit Waiting(Mutation asked) : mutation(std::move(asked)) {}
    Mutation mutation;
    std::optional<Result<Committed>> outcome;
    std::exception_ptr error;  // of a merge function
    std::shared_ptr<Reply<Result<Committed>>> reply = std::make_shared<Reply<Result<Committed>>>();
};

Writer::Writer(DatabaseOptions options, OpenedDatabase opened, Listener listener, StatsRecorder& stats)
    : options_(std::move(options)), listener_(std::move(listener)), stats_(stats), mark_(options_.path + "-mark", opened.epoch),
      connection_(std::move(opened.connection)), tables_(std::make_unique<Tables>(*connection_, *options_.clock)),
      thread_([this] { return idle(); }) {
    auto commits = tables_->marks().commits;
    if (mark_.found().value_or(0) > commits) {
        lost_commits_ = fmt::format("{} has {} commits, but {} were made: the write-ahead log was damaged", options_.path, commits,
                                    *mark_.found());
        log_error("commits lost", {{"path", options_.path}, {"commits", commits}, {"expected", *mark_.found()}});
    }
    publish();
    std::lock_guard lock(mutex_);
    state_.open = true;
}

Writer::~Writer() = default;

Task<Result<Committed>> Writer::commit(Mutation mutation) {
    auto waiting = std::make_shared<Waiting>(std::move(mutation));
    auto reply = waiting->reply;
    return await_reply(std::move(reply), [this, waiting] { enqueue(waiting); });
}

void Writer::enqueue(std::shared_ptr<Waiting> waiting) {
    std::lock_guard lock(mutex_);
    if (!state_.open) throw StorageUnavailable("the store is closed");
    if (waiting_.size() >= limits::commit_waiting) throw StorageUnavailable("too many commits are waiting for the disk");
    waiting_.push_back(std::move(waiting));
    if (std::exchange(scheduled_, true)) return;
    thread_.post([this] { run_batch(); });
}

bool Writer::has_waiting() const {
    std::lock_guard lock(mutex_);
    return !waiting_.empty();
}

Writer::Batch Writer::take_batch() {
    std::lock_guard lock(mutex_);
    Batch batch;
    while (!waiting_.empty() && batch.size() < limits::commit_batch) {
        batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return batch;
}

void Writer::run_batch() {
    auto batch = take_batch();
    auto started = monotonic_.mono();
    bool written = transact([&] {
        for (auto& waiting : batch) plan_and_write(*waiting);
    });
    if (written) {
        stats_.committed(std::chrono::duration<double>(monotonic_.mono() - started).count(), batch.size());
        answer(batch);
    } else {
        fail(batch);
    }
    bool more = false;
    {
        std::lock_guard lock(mutex_);
        more = scheduled_ = !waiting_.empty();
    }
    if (more) thread_.post([this] { run_batch(); });
}

// Planning only reads: what a merge function throws concerns its own mutation.
void Writer::plan_and_write(Waiting& waiting) {
    std::optional<Result<Plan>> plan;
    try {
        plan = plan_mutation(*tables_, std::move(waiting.mutation));
    } catch (const Error&) {
        throw;
    } catch (...) {
        waiting.error = std::current_exception();
        return;
    }
    if (!*plan) waiting.outcome = plan->error();
    else waiting.outcome = tables_->write(std::move(**plan));
}

void Writer::answer(Batch& batch) {
    if (listener_) {
        std::vector<Event> events;
        for (const auto& waiting : batch)
            if (waiting->outcome && *waiting->outcome)
                events.insert(events.end(), (*waiting->outcome)->events.begin(), (*waiting->outcome)->events.end());
        if (!events.empty()) listener_(events);
    }
    for (auto& waiting : batch) {
        if (waiting->error) waiting->reply->fail(waiting->error);
        else waiting->reply->answer(std::move(*waiting->outcome));
    }
}

void Writer::fail(Batch& batch) {
    auto problem = state().problem;
    for (auto& waiting : batch) waiting->reply->fail(std::make_exception_ptr(StorageUnavailable(problem)));
}

Task<bool> Writer::retain(RetentionRules rules, WallTime now) {
    return run_on(thread_, [this, rules, now] {
        bool more = false;
        if (!transact([&] { more = tables_->retain(rules, now); })) throw StorageUnavailable(state().problem);
        return more;
    });
}

void Writer::set_aside(Unreadable row) {
    thread_.post([this, row = std::move(row)] { transact([&] { tables_->set_aside(row); }); });
}

WriterState Writer::state() const {
    std::lock_guard lock(mutex_);
    return state_;
}

}  // namespace lanekeeper::sqlite

#include "base/log.hpp"
#include "store/sqlite/writer_transact.hpp"

#include <fmt/format.h>

namespace lanekeeper::sqlite {

Writer::Writer(DatabaseOptions options, OpenedDatabase opened, Store::Listener listener, StatsRecorder& stats)
    : options_(std::move(options)), epoch_(opened.epoch), mark_(options_.path + "-mark", epoch_), connection_(std::move(opened.connection)),
      tables_(std::make_unique<Tables>(*connection_, *options_.clock)) {
    publish();
    look_for_lost_commits();
    if (!lost_commits_.empty()) renew_epoch();
    auto carry_batch = [this](CommitBatch& batch) { carry(batch); };
    auto when_idle = [this] { return idle(); };
    queue_ = std::make_unique<CommitQueue>(std::move(carry_batch), std::move(listener), stats, std::move(when_idle));
}

void Writer::look_for_lost_commits() {
    auto commits = tables_->marks().commits;
    if (mark_.found().value_or(0) <= commits) return;
    lost_commits_ = fmt::format("{} has {} commits, but {} were made: its write-ahead log was damaged", options_.path, commits,
                                *mark_.found());
    log_error("commits lost", {{"path", options_.path}, {"commits", commits}, {"expected", *mark_.found()}});
}

void Writer::renew_epoch() {
    epoch_ = sqlite::renew_epoch(*connection_, *options_.clock);
    mark_.follow(epoch_);
    mark_.write(tables_->marks().commits);
}

Task<Result<Committed>> Writer::commit(Mutation mutation) { return queue_->commit(std::move(mutation)); }

void Writer::carry(CommitBatch& batch) {
    transact([&] {
        for (auto& waiting : batch) {
            carry_out(*waiting, *tables_, [this](Plan plan) { return tables_->write(std::move(plan)); });
            if (!connection_->in_transaction()) throw std::runtime_error("the transaction has ended by itself");
        }
    });
}

Task<bool> Writer::retain(RetentionRules rules, WallTime now) {
    return run_on(queue_->thread(), [this, rules, now] {
        bool more = false;
        transact([&] { more = tables_->retain(rules, now); });
        return more;
    });
}

void Writer::set_aside(Unreadable row) {
    queue_->thread().post([this, row = std::move(row)] {
        try {
            transact([&] { tables_->set_aside(row); });
        } catch (const StorageUnavailable& e) {
            log_warn("row not set aside", {{"key", row.key}, {"why", e.what()}});  // it is found again at its next reading
        }
    });
}

Task<bool> Writer::close() {
    queue_->stop_admission();
    return run_on(queue_->thread(), [this] {
        close_now();
        return true;
    });
}

}  // namespace lanekeeper::sqlite

#include "store/json/json_store.hpp"

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "store/json/snapshot_file.hpp"

namespace lanekeeper {

JsonStore::JsonStore(std::string data_dir, const Clock& clock, WriteFile write)
    : data_dir_(std::move(data_dir)), path_(data_dir_ + "/orchestrator-jobs.json"), clock_(clock), write_(std::move(write)) {
    if (!write_) write_ = replace_file;
}

JsonStore::~JsonStore() = default;

Task<void> JsonStore::open() {
    auto carry_batch = [this](CommitBatch& batch) { carry(batch); };
    auto when_idle = [this] { return probe(); };
    queue_ = std::make_unique<CommitQueue>(std::move(carry_batch), listener_, stats_, std::move(when_idle));
    auto opening = run_on(queue_->thread(), [this] { return open_now(); });
    co_await std::move(opening);
}

bool JsonStore::open_now() {
    make_data_dir(data_dir_);
    auto lock = std::make_unique<DataDirLock>(data_dir_);
    auto found = find_snapshot(path_, clock_.wall());
    notice_ = found.notice;
    epoch_ = found.snapshot ? found.snapshot->epoch : "";
    state_ = found.snapshot ? load_snapshot(std::move(*found.snapshot)) : MemoryState();
    if (epoch_.empty()) {
        SystemRandom random;
        epoch_ = new_id("epoch", clock_.wall(), random);
        save();
    }
    closed_ = false;
    lock_ = std::move(lock);
    publish();
    return true;
}

Task<void> JsonStore::close() {
    if (!lock_) co_return;
    queue_->stop_admission();
    auto closing = run_on(queue_->thread(), [this] {
        queue_->drain();
        closed_ = true;
        return true;
    });
    co_await std::move(closing);
    lock_.reset();
}

CommitQueue& JsonStore::queue() const {
    if (!queue_) throw StorageUnavailable("the store is not open");
    return *queue_;
}

void JsonStore::save() { write_(path_, render_snapshot(state_, epoch_)); }

/// Makes a change to the state durable, or takes it back.
template <class Change>
void JsonStore::change(Change change) {
    if (closed_) throw StorageUnavailable("the store is closed");
    auto undo = state_.start_undo();
    bool changed = change(undo);
    if (!changed) return;
    try {
        save();
    } catch (const std::exception& e) {
        state_.take_back(std::move(undo));
        note_failure(e.what());
        throw StorageUnavailable(e.what());
    }
    publish();
}

void JsonStore::carry(CommitBatch& batch) {
    change([&](MemoryState::Undo& undo) {
        bool changed = false;
        for (auto& waiting : batch) {
            carry_out(*waiting, state_, [&](Plan plan) {
                changed = changed || !plan.empty();
                return state_.write(std::move(plan), &undo);
            });
        }
        state_.drop_old_events(kept_events, undo);
        return changed;
    });
}

Task<bool> JsonStore::retain(RetentionRules rules, WallTime now) {
    return run_on(queue().thread(), [this, rules, now] {
        bool more = false;
        try {
            change([&](MemoryState::Undo& undo) {
                more = state_.retain(rules, now, &undo);
                return !undo.is_empty();
            });
        } catch (const StorageUnavailable&) {
            state_.begin_retention_anew();
            throw;
        }
        return more;
    });
}

void JsonStore::publish() {
    bool recovered = published_.committed(state_.counters(), state_.last_seq(), state_.highest_key());
    if (recovered) log_info("store writes again", {{"path", path_}});
}

void JsonStore::note_failure(const std::string& why) {
    just_failed_ = true;
    if (published_.failed(why)) log_error("store cannot write", {{"path", path_}, {"why", why}});
}

/// While writing fails, what is there is written again now and then, so that health is well as soon as the disk is.
std::optional<Millis> JsonStore::probe() {
    if (closed_ || published_.problem().empty()) return {};
    if (std::exchange(just_failed_, false)) return limits::storage_probe;
    try {
        save();
        publish();
        return {};
    } catch (const std::exception& e) {
        note_failure(e.what());
        just_failed_ = false;
        return limits::storage_probe;
    }
}

StoreCounts JsonStore::counts() const { return published_.get().counts.at(clock_.wall()); }

std::int64_t JsonStore::highest_job_key() const { return published_.get().highest_key; }

StoreHealth JsonStore::health() const {
    StoreHealth health;
    health.driver = "json";
    health.path = path_;
    health.last_commit_ms = stats_.last_commit_ms();
    health.problem = queue_ && queue_->is_open() ? published_.problem() : "closed";
    health.ok = health.problem.empty();
    health.notice = notice_;
    return health;
}

StoreStats JsonStore::stats() const { return stats_.get(); }

void JsonStore::set_listener(Listener listener) { listener_ = std::move(listener); }

}  // namespace lanekeeper

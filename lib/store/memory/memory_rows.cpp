// Records and removal: the half of the state that is not jobs.
#include "store/memory/memory_state.hpp"

#include <algorithm>

namespace lanekeeper {

void MemoryState::write_change(RecordChange change) {
    if (auto* gone = std::get_if<RecordDelete>(&change)) delete_records(*gone);
    else write_record(std::get<RecordWrite>(std::move(change)));
}

void MemoryState::write_record(RecordWrite write) {
    auto found = by_name_.find(write.name);
    auto order = found == by_name_.end() ? ++last_order_ : found->second;
    Record record{order, std::move(write.name.kind), std::move(write.name.scope), std::move(write.name.key), std::move(write.body)};
    set_record(order, Kept{std::move(record), write.expires_at});
}

void MemoryState::delete_records(const RecordDelete& gone) {
    if (gone.key) {
        auto found = by_name_.find(RecordName{gone.kind, gone.scope, *gone.key});
        if (found != by_name_.end()) set_record(found->second, {});
        return;
    }
    for (;;) {
        auto found = by_scope_.lower_bound({gone.kind, gone.scope, 0});
        if (found == by_scope_.end() || std::get<0>(*found) != gone.kind || std::get<1>(*found) != gone.scope) return;
        set_record(std::get<2>(*found), {});
    }
}

void MemoryState::touch_record(std::int64_t order) {
    if (!undo_) return;
    auto found = records_.find(order);
    std::optional<std::pair<Record, std::optional<WallTime>>> old;
    if (found != records_.end()) old.emplace(found->second.record, found->second.expires_at);
    undo_->records.emplace_back(order, std::move(old));
}

void MemoryState::set_record(std::int64_t order, std::optional<Kept> kept) {
    touch_record(order);
    auto old = records_.find(order);
    if (old != records_.end()) index(old->second, false);
    if (kept) index(*kept, true);
    if (kept) records_.insert_or_assign(order, std::move(*kept));
    else records_.erase(order);
}

void MemoryState::index(const Kept& kept, bool present) {
    const auto& record = kept.record;
    RecordName name{record.kind, record.scope, record.key};
    if (present) by_name_[name] = record.order;
    else by_name_.erase(name);
    keep(by_scope_, std::tuple(record.kind, record.scope, record.order), present);
    keep(by_kind_, std::pair(record.kind, record.order), present);
    if (kept.expires_at) keep(by_expiry_, std::pair(*kept.expires_at, record.order), present);
}

std::optional<std::string> MemoryState::owner_after(const std::optional<std::string>& owner) {
    auto found = owner ? by_owner_.upper_bound({*owner, JobState::expired, INT64_MAX}) : by_owner_.begin();
    if (found == by_owner_.end()) return {};
    return std::get<0>(*found);
}

std::int64_t MemoryState::count_ended(const std::string& owner, std::int64_t enough) {
    if (owner.empty()) return counters_.ended_in_pool();
    std::int64_t count = 0;
    auto at = by_owner_.lower_bound({owner, JobState::completed, 0});
    for (; at != by_owner_.end() && count < enough && std::get<0>(*at) == owner; ++at) ++count;
    return count;
}

std::vector<RetentionRows::Ended> MemoryState::ended(const std::string& owner, JobState state, std::int64_t after, std::size_t limit) {
    std::vector<Ended> result;
    auto at = by_owner_.lower_bound({owner, state, after + 1});
    for (; at != by_owner_.end() && result.size() < limit && std::get<0>(*at) == owner && std::get<1>(*at) == state; ++at) {
        const auto& job = jobs_.at(std::get<2>(*at));
        result.push_back(Ended{job.key, job.completed_at.value_or(job.created_at), job.workflow_id});
    }
    return result;
}

void MemoryState::remove_job(const std::string& owner, JobState state, std::int64_t key) {
    count(removal(owner, state));
    set_job(key, {});
}

std::size_t MemoryState::remove_expired(WallTime now, std::size_t limit) {
    std::size_t removed = 0;
    while (removed < limit && !by_expiry_.empty() && by_expiry_.begin()->first < now) {
        set_record(by_expiry_.begin()->second, {});
        ++removed;
    }
    return removed;
}

std::size_t MemoryState::remove_events(WallTime cutoff, std::int64_t keep, std::size_t limit) {
    std::size_t removed = 0;
    while (removed < limit && !events_.empty() && (events_.front().at < cutoff || events_.front().seq <= last_seq_ - keep)) {
        if (undo_) undo_->dropped_events.push_back(events_.front());
        events_.pop_front();
        ++removed;
    }
    return removed;
}

}  // namespace lanekeeper

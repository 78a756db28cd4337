// Removal, setting aside and import: what happens to tables beside work.
#include "base/log.hpp"
#include "store/sqlite/tables.hpp"

#include <algorithm>

namespace lanekeeper::sqlite {

bool Tables::retain(const RetentionRules& rules, WallTime now) {
    constexpr std::int64_t hour_ms = 3600 * 1000;
    auto oldest = counters_.hours().empty() ? INT64_MAX : counters_.hours().begin()->first;
    counters_.forget_hours(now);
    if (oldest <= to_ms(now) / hour_ms - 25) {
        Query(statements_, Sql::delete_hours).bind(to_ms(now) / hour_ms - 25).run();
        changed_ = true;
    }
    return retention_.step(*this, rules, now);
}

std::optional<std::string> Tables::owner_after(const std::optional<std::string>& owner) {
    static const std::string none;
    if (!owner && (counters_.ended_in_pool() > 0 || counters_.open_of("") > 0)) return none;
    Query row(statements_, Sql::owner_after);
    if (!row.bind(owner ? *owner : none).step()) return {};
    return row.text(0);
}

std::int64_t Tables::count_ended(const std::string& owner, std::int64_t enough) {
    if (owner.empty()) return counters_.ended_in_pool();
    std::int64_t count = 0;
    Query rows(statements_, Sql::ended_keys);
    rows.bind(owner).bind(enough);
    while (rows.step()) ++count;
    return count;
}

std::vector<RetentionRows::Ended> Tables::ended(const std::string& owner, JobState state, std::int64_t after, std::size_t limit) {
    std::vector<Ended> result;
    Query rows(statements_, Sql::ended_jobs);
    rows.bind(owner).bind(number_of(state)).bind(after).bind(limit);
    while (rows.step()) result.push_back(Ended{rows.number(0), from_ms(rows.number(1)), rows.maybe_text(2)});
    return result;
}

bool Tables::is_kept(std::int64_t key) { return head(key).has_value(); }

void Tables::remove_job(const std::string& owner, JobState state, std::int64_t key) {
    changed_ = true;
    remove_edges(key);
    Query(statements_, Sql::delete_job).bind(key).run();
    Query(statements_, Sql::delete_payload).bind(key).run();
    count(removal(owner, state));
}

std::size_t Tables::remove_expired(WallTime now, std::size_t limit) {
    std::vector<std::int64_t> orders;
    {
        Query rows(statements_, Sql::expired_records);
        rows.bind(now).bind(limit);
        while (rows.step()) orders.push_back(rows.number(0));
    }
    for (auto order : orders) Query(statements_, Sql::delete_record_by_order).bind(order).run();
    if (!orders.empty()) changed_ = true;
    return orders.size();
}

std::size_t Tables::remove_events(WallTime cutoff, std::int64_t keep, std::size_t limit) {
    std::size_t count = 0;
    std::int64_t last = 0;
    {
        Query rows(statements_, Sql::oldest_event);
        rows.bind(0).bind(limit);
        while (rows.step() && (from_ms(rows.number(1)) < cutoff || rows.number(0) <= marks_.seq - keep)) {
            last = rows.number(0);
            ++count;
        }
    }
    if (count == 0) return 0;
    Query(statements_, Sql::delete_events).bind(last).run();
    changed_ = true;
    return count;
}

void Tables::set_aside(const Unreadable& row) {
    bool is_job = row.kind == Unreadable::Kind::job;
    log_error("row set aside", {{"table", is_job ? "agent_jobs" : "records"}, {"key", row.key}, {"why", row.why}});
    changed_ = true;
    if (is_job) {
        set_job_aside(row);
        return;
    }
    Query(statements_, Sql::set_aside_record).bind(row.key).bind(clock_.wall()).run();
    Query(statements_, Sql::delete_record_by_order).bind(row.key).run();
}

void Tables::set_job_aside(const Unreadable& row) {
    std::optional<JobChange> gone;
    {
        Query head(statements_, Sql::job_head);
        if (!head.bind(row.key).step()) return;
        auto state = head.number(1);
        if (is_state(state)) gone = removal(head.text(0), JobState(state));
    }
    Query(statements_, Sql::set_aside_job).bind(row.key).bind(clock_.wall()).run();
    remove_edges(row.key);
    Query(statements_, Sql::delete_job).bind(row.key).run();
    Query(statements_, Sql::delete_payload).bind(row.key).run();
    if (gone) count(*gone);
}

void Tables::import_job(const Job& job) {
    changed_ = true;
    insert_job(job);
}

void Tables::import_record(const Record& record, const std::optional<WallTime>& expires_at) {
    changed_ = true;
    insert_record(record, expires_at);
    marks_.record_order = std::max(marks_.record_order, record.order);
}

void Tables::import_event(const Event& event) {
    changed_ = true;
    insert_event(event);
    marks_.seq = std::max(marks_.seq, event.seq);
}

void Tables::import_hour(std::int64_t hour, Counters::Hour value) {
    counters_.set_hour(hour, value);
    changed_hours_.insert(hour);
}

void Tables::raise_marks(const Marks& at_least) {
    marks_.seq = std::max(marks_.seq, at_least.seq);
    marks_.record_order = std::max(marks_.record_order, at_least.record_order);
    marks_.job_key = std::max(marks_.job_key, at_least.job_key);
}

}  // namespace lanekeeper::sqlite

#include "store/sqlite/sqlite_store.hpp"

#include "store/sqlite/import.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/reads.hpp"
#include "store/sqlite/writer.hpp"

#include <algorithm>

namespace lanekeeper {

using sqlite::Report;
using sqlite::Statements;

SqliteStore::SqliteStore(std::string data_dir, const Clock& clock, const char* vfs, Millis probe)
    : data_dir_(std::move(data_dir)) {
    options_.path = data_dir_ + "/lanekeeper.db";
    options_.clock = &clock;
    options_.vfs = vfs;
    options_.probe = probe;
}

SqliteStore::~SqliteStore() = default;

Task<void> SqliteStore::open() {
    // On a thread of its own: verifying may take a while, and the caller's loop has better things to do.
    WorkerThread thread;
    auto opening = run_on(thread, [this] { return open_now(); });
    co_await std::move(opening);
}

bool SqliteStore::open_now() {
    make_data_dir(data_dir_);
    auto lock = std::make_unique<DataDirLock>(data_dir_);
    notice_.clear();
    try {
        open_writer();
    } catch (const sqlite::Error& error) {
        if (!error.is_corruption()) throw;
        notice_ = sqlite::set_database_aside(options_, error.what());
        open_writer();
    }
    reader_ = std::make_unique<sqlite::Reader>(options_, [this](const sqlite::Unreadable& row) { writer_->set_aside(row); });
    lock_ = std::move(lock);
    return true;
}

void SqliteStore::open_writer() {
    auto opened = sqlite::open_database(options_);
    note(opened.notice);
    note(sqlite::import_once(*opened.connection, data_dir_ + "/orchestrator-jobs.json", *options_.clock));
    writer_ = std::make_unique<sqlite::Writer>(options_, std::move(opened), listener_, stats_);
    epoch_ = writer_->epoch();
    note(writer_->lost_commits());
}

void SqliteStore::note(const std::string& notice) {
    if (notice.empty()) return;
    if (!notice_.empty()) notice_ += "; ";
    notice_ += notice;
}

Task<void> SqliteStore::close() {
    if (!lock_) co_return;
    if (reader_) {
        auto closing = reader_->close();
        co_await std::move(closing);
    }
    if (writer_) {
        auto closing = writer_->close();
        co_await std::move(closing);
    }
    lock_.reset();
}

sqlite::Reader& SqliteStore::reader() const {
    if (!reader_) throw StorageUnavailable("the store is not open");
    return *reader_;
}

sqlite::Writer& SqliteStore::writer() const {
    if (!writer_) throw StorageUnavailable("the store is not open");
    return *writer_;
}

Task<Result<Committed>> SqliteStore::commit(Mutation mutation) { return writer().commit(std::move(mutation)); }

Task<std::optional<Job>> SqliteStore::job(std::int64_t key) {
    return reader().ask([key](Statements& s, const Report& report) { return sqlite::read_job(s, key, report); });
}

Task<std::optional<Job>> SqliteStore::job_by_client_id(std::string client_id) {
    return reader().ask([id = std::move(client_id)](Statements& s, const Report& report) {
        auto key = sqlite::read_key_of_client_id(s, id);
        return key ? sqlite::read_job(s, *key, report) : std::nullopt;
    });
}

Task<std::vector<std::int64_t>> SqliteStore::dependents(std::int64_t key, std::size_t limit) {
    return reader().ask([=](Statements& s, const Report&) { return sqlite::read_dependents(s, key, limit); });
}

Task<JobPage> SqliteStore::jobs(JobQuery query) {
    return reader().ask_of_one_moment(
        [query = std::move(query)](Statements& s, const Report& report) { return sqlite::read_jobs(s, query, report); });
}

Task<std::vector<OpenJob>> SqliteStore::open_jobs(std::int64_t after, std::size_t limit) {
    return reader().ask([=](Statements& s, const Report& report) { return sqlite::read_open_jobs(s, after, limit, report); });
}

Task<std::vector<std::int64_t>> SqliteStore::open_jobs_of_session(std::string session_id) {
    return reader().ask([session_id = std::move(session_id)](Statements& s, const Report&) {
        return sqlite::read_open_jobs_of_session(s, session_id);
    });
}

Task<std::optional<Job>> SqliteStore::open_duplicate(std::string dedupe_match) {
    return reader().ask([match = std::move(dedupe_match)](Statements& s, const Report& report) {
        return sqlite::read_open_duplicate(s, match, report);
    });
}

Task<std::optional<Record>> SqliteStore::record(std::string kind, std::string scope, std::string key) {
    return reader().ask([kind = std::move(kind), scope = std::move(scope), key = std::move(key)](
                            Statements& s, const Report& report) { return sqlite::read_record(s, kind, scope, key, report); });
}

Task<std::vector<Record>> SqliteStore::records(std::string kind, std::string scope, std::int64_t after, std::size_t limit) {
    return reader().ask([kind = std::move(kind), scope = std::move(scope), after, limit](Statements& s, const Report& report) {
        return sqlite::read_records(s, kind, scope, after, limit, report);
    });
}

Task<std::vector<Record>> SqliteStore::records_of_kind(std::string kind, std::int64_t after, std::size_t limit) {
    return reader().ask([kind = std::move(kind), after, limit](Statements& s, const Report& report) {
        return sqlite::read_records_of_kind(s, kind, after, limit, report);
    });
}

Task<EventPage> SqliteStore::events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) {
    up_to = std::min(up_to, state().last_seq);
    return reader().ask([=, filter = std::move(filter)](Statements& s, const Report&) {
        return sqlite::read_events(s, after, up_to, filter, limit);
    });
}

Task<EventRange> SqliteStore::event_range() {
    auto newest = state().last_seq;
    return reader().ask([newest, epoch = epoch_](Statements& s, const Report&) {
        return EventRange{sqlite::read_oldest_seq(s).value_or(newest + 1), newest, epoch};
    });
}

Task<bool> SqliteStore::retain(RetentionRules rules, WallTime now) { return writer().retain(rules, now); }

StoreState SqliteStore::state() const { return writer_ ? writer_->state() : StoreState(); }

StoreCounts SqliteStore::counts() const { return state().counts.at(options_.clock->wall()); }

std::int64_t SqliteStore::highest_job_key() const { return state().highest_key; }

StoreHealth SqliteStore::health() const {
    auto now = state();
    StoreHealth health;
    health.driver = "sqlite";
    health.path = options_.path;
    health.problem = writer_ && writer_->is_open() ? now.problem : "closed";
    health.ok = health.problem.empty();
    health.notice = notice_;
    health.last_commit_ms = stats_.last_commit_ms();
    return health;
}

StoreStats SqliteStore::stats() const { return stats_.get(); }

void SqliteStore::set_listener(Listener listener) { listener_ = std::move(listener); }

}  // namespace lanekeeper

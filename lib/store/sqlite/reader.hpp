#pragma once
#include "async/reply.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/job_rows.hpp"

#include <functional>
#include <memory>

namespace lanekeeper::sqlite {

/// A thread that reads, on a handle of its own: it sees what is committed and never waits for a sync. A handle that
/// fails is opened anew at the next call; its caller gets `StorageUnavailable`.
class Reader {
public:
    /// `report` hears of rows that cannot be read, on the reader's thread.
    Reader(DatabaseOptions options, Report report);

    /// Runs `read(Statements&, const Report&)` on the thread.
    template <class Read>
    auto ask(Read read) {
        using R = std::invoke_result_t<Read&, Statements&, const Report&>;
        return run_on(thread_, [this, read = std::move(read)]() mutable -> R { return attempt<R>(read); });
    }
    /// The same, and all its statements see the same moment.
    template <class Read>
    auto ask_of_one_moment(Read read) {
        using R = std::invoke_result_t<Read&, Statements&, const Report&>;
        auto at_once = [this, read = std::move(read)](Statements& statements, const Report& report) mutable -> R {
            Moment moment(*connection_);
            return read(statements, report);
        };
        return ask(std::move(at_once));
    }
    /// After everything asked for before; later calls fail.
    Task<bool> close();

private:
    /// A transaction that only reads.
    class Moment {
    public:
        explicit Moment(Connection& connection) : connection_(connection) { connection_.run("BEGIN"); }
        ~Moment() {
            try {
                connection_.run("COMMIT");
            } catch (const Error& error) {  // whoever reads next finds the handle as it is, and opens another
                log_warn("read not ended", {{"error", error.what()}});
            }
        }
        Moment(const Moment&) = delete;
        Moment& operator=(const Moment&) = delete;

    private:
        Connection& connection_;
    };

    template <class R, class Read>
    R attempt(Read& read) {
        try {
            return read(statements(), report_);
        } catch (const Error& error) {
            drop();
            throw StorageUnavailable(error.what());
        }
    }
    Statements& statements();
    void drop();

    DatabaseOptions options_;
    Report report_;
    bool closed_ = false;  // the thread's own, like the two below
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Statements> statements_;
    WorkerThread thread_;  // last: it uses all of the above
};

}  // namespace lanekeeper::sqlite

// WorkerSessions: what a worker is told before a job's turn, once each (runtime.md 3).
#include "agents/preflight_context.hpp"
#include "agents/run_turn.hpp"
#include "agents/session_core.hpp"
#include "agents/turn_policy.hpp"
#include "agents/worker_sessions.hpp"
#include "base/log.hpp"
#include "runtime/call_on.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {
namespace {

using Ending = PreflightEnd::What;
using transcript::Status;

PreflightEnd not_now(WallTime until, const char* reason) {
    PreflightEnd end(Ending::not_now);
    end.snooze = SnoozedRun(until, reason);
    return end;
}

PreflightEnd failed(ErrorClass error_class, std::string error) {
    PreflightEnd end(Ending::failed);
    end.error_class = error_class;
    end.error = std::move(error);
    return end;
}

PreflightEnd end_of(const std::exception_ptr& failure, WallTime now) {
    try {
        std::rethrow_exception(failure);
    } catch (const ThreadUnusable&) {
        return PreflightEnd(Ending::unusable);
    } catch (const RuntimeUnavailable& nobody) {
        return not_now(now + Millis{nobody.retry_after_ms}, "runtime_unavailable");
    } catch (const JobFailure& error) {
        return failed(error.error_class(), std::string("preflight_failed: ") + error.what());
    } catch (const std::exception& error) {
        return failed(ErrorClass::retryable, std::string("preflight_failed: ") + error.what());
    }
}

/// Refused with `record_missing` when the worker was given up meanwhile.
void put_told(Effects& effects, const std::string& owner, const PreflightNote& note, const Preflight& told) {
    json::object body;
    body["preflight"] = told.to_json();
    effects.puts.emplace_back(std::string(worker_kind), owner, note.agent, std::move(body), RecordPut::Mode::replace,
                              &session::overlay);
    effects.puts.push_back(patch_session(note.session_id, {}));
}

}  // namespace

Task<std::shared_ptr<PreflightTicket>> WorkerSessions::enter(std::string owner, std::string agent, std::string session_id,
                                                             std::optional<BootstrapInstruction> bootstrap,
                                                             asio::any_io_executor executor) {
    auto alarm = time_.alarm(executor);
    auto ticket = std::make_shared<PreflightTicket>(std::move(executor), std::move(alarm), std::move(bootstrap));
    Key key(std::move(owner), std::move(agent));
    auto entering = [this, key = std::move(key), session_id = std::move(session_id), ticket] {
        enter_now(key, session_id, ticket);
        return true;
    };
    co_await call_on(strand_, std::move(entering));
    co_return ticket;
}

void WorkerSessions::enter_now(const Key& key, const std::string& session_id, const Ticket& ticket) {
    if (auto* worker = find(key, session_id)) {
        ++worker->users;
        worker->loaded = true;
    }
    serve(key, session_id, ticket);
}

void WorkerSessions::serve(const Key& key, const std::string& session_id, const Ticket& ticket) {
    auto* worker = find(key, session_id);
    if (ticket->left()) return;
    if (!worker) ticket->end(PreflightEnd(Ending::unusable));
    else if (stopping_) ticket->end(not_now(time_.wall(), "shutdown"));
    else if (ready(key, *worker, ticket)) ticket->end(PreflightEnd(Ending::ready));
}

/// False: the ticket waits for what is done with the worker.
bool WorkerSessions::ready(const Key& key, Worker& worker, const Ticket& ticket) {
    if (worker.errand) {
        worker.errand->waiting.push_back(ticket);
        return false;
    }
    const auto* policy = agents_.find(key.second);
    if (!policy || !runtime_.wants_orientation()) return true;
    auto step = worker.told.next(*policy, ticket->bootstrap);
    if (!step) return true;
    tell(key, worker, std::move(*step), ticket);
    return false;
}

void WorkerSessions::tell(const Key& key, Worker& worker, PreflightStep step, const Ticket& ticket) {
    auto errand = std::make_shared<Errand>();
    errand->session_id = worker.session_id;
    errand->step = std::move(step);
    errand->waiting.push_back(ticket);
    worker.errand = errand;
    errand->child = creations_->start("preflight " + key.second, tell_step(key, errand));
}

Task<void> WorkerSessions::tell_step(Key key, std::shared_ptr<Errand> errand) {
    PreflightNote note;
    note.session_id = errand->session_id;
    note.agent = key.second;
    note.step = *errand->step;
    note.began = time_.wall();
    auto* worker = find(key, note.session_id);
    bool begun = worker && worker->told.begun(note.step.name);
    PreflightEnd end;
    std::exception_ptr failure;
    try {
        end = co_await try_to_tell(key, note, begun);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) end = end_of(failure, time_.wall());
    if (end.what != Ending::ready && !stopping_) co_await note_failure(key, note, end);
    errand_ended(key, errand, end);
}

Task<PreflightEnd> WorkerSessions::try_to_tell(Key key, PreflightNote note, bool begun) {
    std::string turn_id;
    if (begun) turn_id = co_await finished_turn(note);
    PreflightEnd end;
    if (turn_id.empty()) {
        co_await note_step(key, note, "");
        const auto* policy = agents_.find(note.agent);
        TurnRequest request;
        request.thread_id = note.session_id;
        request.text = note.step.text;
        request.client_message_id = preflight_message_id(note.session_id, note.step);
        apply_policy(request, *policy);
        auto context = std::make_shared<PreflightContext>(time_, runtime_, strand_);
        SettleRules rules(sessions_.core().settings.agent);
        auto turn = co_await run_turn(feed_, std::move(context), std::move(request), std::move(rules));
        bool later = turn.end == TurnResult::End::not_now;
        if (later) end = not_now(turn.snooze.until, turn.snooze.reason.c_str());
        if (later) co_return end;
        turn_id = turn.turn_id;
    }
    co_await note_step(key, note, turn_id);
    co_return end;
}

/// A turn that was begun before, by this life of the daemon or the last one, and did come to its end.
Task<std::string> WorkerSessions::finished_turn(PreflightNote note) {
    auto turn = co_await runtime_.turn_of_message(note.session_id, preflight_message_id(note.session_id, note.step));
    std::string turn_id;
    if (turn && turn->status == TurnStatus::completed) turn_id = turn->turn_id;
    co_return turn_id;
}

/// That it is begun, or, with a turn, done.
Task<void> WorkerSessions::note_step(Key key, PreflightNote note, std::string turn_id) {
    auto* worker = find(key, note.session_id);
    if (!worker) throw ThreadUnusable("the worker was given up");
    const auto& name = note.step.name;
    bool done = !turn_id.empty();
    auto told = done ? worker->told.with_told(name) : worker->told.with_begun(name);
    Effects effects;
    put_told(effects, key.first, note, told);
    auto row = preflight_row(note, done ? Status::complete : Status::streaming, turn_id, time_.wall());
    transcript::upsert_own(effects, note.session_id, row, Audience::system);
    auto committed = co_await sessions_.core().commit(std::move(effects));
    if (!committed) throw ThreadUnusable("the worker was given up");
    worker = find(key, note.session_id);
    if (worker) worker->told = told;
    if (done)
        log_info("worker session was told",
                 {{"projectId", key.first}, {"agent", key.second}, {"sessionId", note.session_id}, {"what", name}});
}

Task<void> WorkerSessions::note_failure(Key key, PreflightNote note, PreflightEnd end) {
    auto why = end.what == Ending::failed ? end.error : end.snooze.reason;
    if (end.what == Ending::unusable) why = "its thread takes no turn";
    log_warn("worker session was not told", {{"projectId", key.first},
                                             {"agent", key.second},
                                             {"sessionId", note.session_id},
                                             {"what", note.step.name},
                                             {"why", why}});
    Effects effects;
    effects.puts.push_back(patch_session(note.session_id, {}));
    auto row = preflight_row(note, Status::error, "", time_.wall(), why);
    transcript::upsert_own(effects, note.session_id, row, Audience::system);
    try {
        co_await sessions_.core().commit(std::move(effects));
    } catch (const std::exception& error) {
        log_debug("row of a preflight not written", {{"sessionId", note.session_id}, {"error", error.what()}});
    }
}

/// Those who wait for something else than what failed are served again.
void WorkerSessions::errand_ended(const Key& key, const std::shared_ptr<Errand>& errand, const PreflightEnd& end) {
    auto* worker = find(key, errand->session_id);
    if (worker && worker->errand == errand) worker->errand.reset();
    const auto* policy = agents_.find(key.second);
    for (const auto& ticket : std::exchange(errand->waiting, {})) {
        bool failed_him = false;
        if (worker && policy && errand->step && end.what != Ending::ready) {
            auto next = worker->told.next(*policy, ticket->bootstrap);
            failed_him = next && next->name == errand->step->name;
        }
        if (failed_him) ticket->end(end);
        else serve(key, errand->session_id, ticket);
    }
}

}  // namespace lanekeeper

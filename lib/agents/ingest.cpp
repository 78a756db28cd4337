#include "agents/ingest.hpp"

#include "agents/ingest_state.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "runtime/wait_available.hpp"

#include <boost/asio/post.hpp>

namespace lanekeeper {
namespace {

/// One notification of a request, appended; its issues where it has some.
std::vector<Issue> read_one(std::vector<RuntimeNotice>& notices, const std::string& session_id, const json::value& value,
                            json::array path) {
    auto issues = check_notice(value, path);
    if (!issues.empty()) return issues;
    const auto& object = value.get_object();
    RuntimeNotice notice(std::string(object.at("method").get_string()), object.at("params").get_object());
    auto thread = notice_thread(notice);
    if (thread.empty() || thread == session_id) {
        notices.push_back(std::move(notice));
        return issues;
    }
    path.emplace_back("params");
    path.emplace_back("threadId");
    issues.emplace_back("invalid_value", std::move(path), "must be the session's own id");
    return issues;
}

Result<std::vector<RuntimeNotice>> read_notices(const std::string& session_id, const json::value& body) {
    Problem problem("invalid_request", "the request does not validate");
    std::vector<RuntimeNotice> notices;
    if (!body.is_array()) problem.issues = read_one(notices, session_id, body, {});
    else if (body.get_array().empty() || body.get_array().size() > limits::notifications_bulk)
        problem.issues.emplace_back("invalid_value", json::array{}, "must be one notification or 1 to 1000 of them");
    else
        for (std::size_t i = 0; i < body.get_array().size() && problem.issues.size() < limits::issues_per_reply; ++i) {
            auto issues = read_one(notices, session_id, body.get_array()[i], json::array{std::int64_t(i)});
            std::move(issues.begin(), issues.end(), std::back_inserter(problem.issues));
        }
    if (!problem.issues.empty()) return problem;
    return notices;
}

}  // namespace

Ingest::Ingest(asio::any_io_executor executor, Sessions& sessions, Queue& queue, Metrics* metrics, IngestBounds bounds)
    : state_(std::make_shared<State>(std::move(executor), sessions, queue, metrics, bounds)) {
    std::weak_ptr<State> weak = state_;
    sessions.core().runtime.add_listener([weak](const RuntimeNotice& notice) {
        if (auto state = weak.lock()) state->hear(weak, notice);
    });
    sessions.core().turns.set_listener([weak] {
        if (auto state = weak.lock()) state->expect_quiet(weak);
    });
    state_->conversation.set_take_up([weak](session::Session session, TurnView view) {
        return take_up_unheard(weak.lock(), std::move(session), std::move(view));
    });
}

Ingest::~Ingest() = default;

Task<void> Ingest::start() { return on_strand(state_->strand, begin(state_, state_->core.time.mono() + runtime_patience)); }
Task<void> Ingest::start_by(MonoTime runtime_deadline) { return on_strand(state_->strand, begin(state_, runtime_deadline)); }
Task<void> Ingest::stop() { return on_strand(state_->strand, end(state_)); }

Task<void> Ingest::begin(std::shared_ptr<State> state, MonoTime runtime_deadline) {
    if (state->started) co_return;
    state->started = true;
    co_await state->load_deferred();
    co_await state->close_cut_off_turns(runtime_deadline);
    if (state->stopping) co_return;
    co_await state->take_up_unheard_messages();
    if (state->stopping) co_return;
    state->nursery.start("runtime stream", state->consume());
    state->nursery.start("deferred explanations", state->sweep_forever());
}

Task<void> Ingest::take_up_unheard(std::shared_ptr<State> state, session::Session session, TurnView view) {
    if (!state) co_return;
    auto replaying = state->replay_turn(std::move(session), std::move(view));
    co_await on_strand(state->strand, std::move(replaying));
}

Task<void> Ingest::end(std::shared_ptr<State> state) {
    state->stopping = true;
    state->stream_alarm->wake();
    state->sweep_alarm->wake();
    state->patience_alarm->wake();
    state->quiet_alarm->wake();
    co_await state->nursery.wait_empty();
    state->stopped = true;
    for (auto& left : state->stream)
        if (left.reached) left.reached->answer(true);
    state->stream.clear();
}

Task<Result<void>> Ingest::accept(std::string session_id, json::value body, json::value metadata) {
    auto notices = read_notices(session_id, body);
    if (!notices) co_return notices.error();
    auto run = std::make_shared<NoticeRun>();
    run->session_id = std::move(session_id);
    run->origin = TurnOrigin::external;
    run->notices = std::move(*notices);
    run->metadata = std::move(metadata);
    auto work = state_->take_up(std::move(run));
    co_return co_await on_strand(state_->strand, std::move(work));
}

Task<std::size_t> Ingest::sweep_deferred() { return on_strand(state_->strand, state_->sweep()); }

Task<void> Ingest::settled() {
    auto reached = std::make_shared<Reply<bool>>();
    std::function<void()> start = [state = state_, reached] {
        asio::post(state->strand, [state, reached] {
            StreamItem mark;
            mark.reached = reached;
            state->push(std::move(mark));
        });
    };
    auto wait = await_reply(reached, std::move(start));
    co_await std::move(wait);
}

IngestStats Ingest::stats() const {
    IngestStats stats;
    stats.notices = state_->notices;
    stats.dropped = state_->dropped;
    stats.explain_enqueued = state_->explain_enqueued;
    stats.explain_deferred = state_->explain_deferred;
    stats.explain_swept = state_->explain_swept;
    return stats;
}

}  // namespace lanekeeper

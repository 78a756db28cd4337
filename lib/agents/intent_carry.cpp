// Carrying out what an agent asked for.
#include "agents/conversation.hpp"
#include "agents/intent_plan.hpp"
#include "base/log.hpp"
#include "base/members.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::chrono::minutes patience{10};  // with a full queue
constexpr Millis shortest_delay{500}, longest_delay{5000};
constexpr std::int64_t deepest = 8;  // jobs that enqueue jobs that enqueue jobs

std::int64_t depth_of(const Job& job) {
    const auto* metadata = job.metadata.if_object();
    return metadata ? members::integer(*metadata, "depth") : 0;
}

json::object outcome(const Intent& intent, std::string_view status) {
    return {{"kind", to_word(intent.kind)}, {"status", status}};
}

json::object enqueued_body(const Enqueued& enqueued) {
    bool fresh = enqueued.how == Enqueued::How::enqueued;
    return {{"jobId", enqueued.job.id()}, {"status", fresh ? "enqueued" : "already_queued"}};
}

class Carrier {
public:
    Carrier(IntentDesk desk, std::shared_ptr<RunContext> context, IntentPlan plan, IntentScope scope)
        : desk_(desk), context_(std::move(context)), plan_(std::move(plan)), scope_(std::move(scope)) {}

    Task<CarriedOut> go() {
        auto later = co_await enqueue_all();
        if (later) co_return *later;
        co_await ask_all();
        bool unwanted = co_await cancel_was_asked_for();
        if (unwanted) co_await take_back("the job was canceled");
        co_return outcomes_of(plan_);
    }

private:
    EnqueueRequest request_of(std::size_t index) {
        auto request = job_request(plan_.intents[index], scope_);
        request.metadata = json::object{{"enqueuedBy", context_->job_id()}, {"depth", depth_of(context_->job()) + 1}};
        IdempotencyClaim claim;
        claim.scope = "intents:" + context_->job_id();
        claim.key = fmt::format("{}:{}", plan_.run, index);
        claim.body_hash = "the plan's";
        claim.answer = enqueued_body;
        request.idempotency = std::move(claim);
        return request;
    }

    Task<std::optional<SnoozedRun>> enqueue_all() {
        std::optional<SnoozedRun> later;
        for (std::size_t i = 0; i < plan_.intents.size() && !later; ++i) {
            bool todo = plan_.intents[i].kind == Intent::Kind::enqueue_job && plan_.outcomes[i].is_null();
            if (todo) later = co_await enqueue(i);
        }
        co_return later;
    }

    Task<std::optional<SnoozedRun>> enqueue(std::size_t index) {
        std::optional<SnoozedRun> later;
        if (depth_of(context_->job()) >= deepest) co_await give_up(index, "jobs enqueue jobs too deep");
        auto request = request_of(index);
        auto enqueued = co_await desk_.queue.enqueue(std::move(request));
        if (enqueued) {
            auto said = enqueued->replayed ? *enqueued->replayed : enqueued_body(*enqueued);
            said["kind"] = to_word(Intent::Kind::enqueue_job);
            plan_.outcomes[index] = std::move(said);
            co_return later;
        }
        const auto& problem = enqueued.error();
        auto now = context_->time().wall();
        bool may_wait = problem.code == "queue_full" && now < plan_.since + patience;
        if (!may_wait && problem.code != "shutting_down") co_await give_up(index, problem.code + ": " + problem.message);
        auto pause = Millis{members::integer(problem.details, "retryAfterMs")};
        later = SnoozedRun(now + std::clamp(pause, shortest_delay, longest_delay), problem.code);
        co_return later;
    }

    Task<void> give_up(std::size_t index, std::string why) { return take_back(fmt::format("intents[{}]: {}", index, why)); }

    /// Jobs that were new with this plan end; then so does ours.
    Task<void> take_back(std::string why) {
        for (const auto& outcome : plan_.outcomes) {
            const auto* done = outcome.if_object();
            if (!done || members::text(*done, "status") != "enqueued") continue;
            auto id = members::text(*done, "jobId");
            auto canceled = co_await desk_.queue.cancel(id, "intents_refused");
            if (!canceled) log_debug("not taken back", {{"jobId", id}, {"reason", canceled.error().code}});
        }
        throw JobFailure(ErrorClass::fatal, "intents_refused: " + why);
    }

    Task<bool> cancel_was_asked_for() {
        bool asked = false;
        if (!context_->stop_requested()) co_return asked;
        auto job = co_await desk_.queue.get(context_->job_id());
        asked = job && job->cancel_requested_at;
        co_return asked;
    }

    static bool is_asked(const Intent& intent) {
        return intent.kind == Intent::Kind::decide_approval || intent.kind == Intent::Kind::steer_turn;
    }

    // The runtime takes these, and cannot be asked twice: that one is begun is durable before it is.
    Task<void> ask_all() {
        for (std::size_t i = 0; i < plan_.intents.size(); ++i) {
            if (!is_asked(plan_.intents[i]) || !plan_.outcomes[i].is_null()) continue;
            co_await ask_once(i);
        }
    }

    Task<void> ask_once(std::size_t index) {
        const auto& intent = plan_.intents[index];
        if (plan_.asked > int(index)) {  // by a run that did not live to see what came of it
            plan_.outcomes[index] = outcome(intent, "unknown");
            co_return;
        }
        plan_.asked = int(index) + 1;
        co_await keep();
        json::object said;
        if (intent.kind == Intent::Kind::steer_turn) said = co_await steer(intent);
        else said = co_await decide(intent);
        plan_.outcomes[index] = std::move(said);
        co_await keep();
    }

    Task<void> keep() {
        Effects effects;
        effects.puts.push_back(put_plan(context_->job_id(), plan_));
        co_await context_->commit(std::move(effects));
    }

    Task<json::object> steer(Intent intent) {
        auto said = outcome(intent, "performed");
        auto& conversation = desk_.sessions.conversation();
        try {
            auto steered = co_await conversation.steer(scope_.session_id, scope_.turn_id, members::text(intent.body, "input"));
            if (steered) said["messageId"] = steered->message_id;
            else note_refusal(said, steered.error().code, steered.error().message);
        } catch (const RuntimeUnavailable& nobody) {
            note_refusal(said, "runtime_unavailable", nobody.what());
        } catch (const RuntimeRefusal& refusal) {
            note_refusal(said, refusal.code, refusal.what());
        }
        said["turnId"] = scope_.turn_id;
        co_return said;
    }

    Task<json::object> decide(Intent intent) {
        auto said = outcome(intent, "performed");
        auto id = members::text(intent.body, "approvalId");
        said["approvalId"] = id;
        try {
            auto body = intent.body;
            auto answered = co_await desk_.questions.answer(id, QuestionKind::approval, std::move(body));
            if (answered) said["decision"] = members::text(intent.body, "decision");
            else note_refusal(said, answered.error().code, answered.error().message);
        } catch (const RuntimeUnavailable& nobody) {
            note_refusal(said, "runtime_unavailable", nobody.what());
        } catch (const RuntimeRefusal& refusal) {
            note_refusal(said, refusal.code, refusal.what());
        }
        co_return said;
    }

    static void note_refusal(json::object& said, const std::string& code, const std::string& why) {
        said["status"] = code == "reconciled" ? "already_resolved" : code;
        said["error"] = why;
    }

    IntentDesk desk_;
    std::shared_ptr<RunContext> context_;
    IntentPlan plan_;
    IntentScope scope_;
};

}  // namespace

Task<CarriedOut> carry_out(IntentDesk desk, std::shared_ptr<RunContext> context, IntentPlan plan, IntentScope scope) {
    Carrier carrier(desk, std::move(context), std::move(plan), std::move(scope));
    auto carried = co_await carrier.go();
    co_return carried;
}

}  // namespace lanekeeper

#pragma once
#include "agents/keep_answer.hpp"
#include "web/api.hpp"
#include "web/services.hpp"

#include <functional>

namespace lanekeeper::web {

/// Runs a creating handler at most once a key, route and caller within 24 h: a repetition with the same path and body
/// gets the first answer again, also after a crash and also while the first is still under way; another request under the
/// key is 422. Refusals are not kept: they may be tried again. The handler finds the claim in its request and has the
/// answer kept in the commit that does what was asked for. (What enqueues uses `idempotency_claim` instead.)
Task<ApiReply> answer_once(Services& services, Handler handler, ApiRequest request);

/// The record of an answer.
RecordPut keep_answer(const Claim& claim, const ApiReply& reply);
/// Where the answer is known only later: what was begun. `answer_once` adds the answer. When the process dies before, a
/// repetition calls the handler with this id in `Claim::begun`, to find out what became of it.
RecordPut keep_begun(const Claim& claim, const std::string& id);

/// For services that take a KeepAnswer: empty without a key.
template <class Made>
KeepAnswer<Made> answer_keeper(const ApiRequest& request, std::function<ApiReply(const Made&)> answer) {
    if (!request.claim) return {};
    return [claim = *request.claim, answer = std::move(answer)](const Made& made) { return keep_answer(claim, answer(made)); };
}

}  // namespace lanekeeper::web

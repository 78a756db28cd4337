#pragma once
#include "web/api.hpp"
#include "web/services.hpp"

namespace lanekeeper::web {

/// Runs a creating handler at most once a key, route and caller within 24 h: a repetition with the same body gets the
/// first answer again, also after a restart and also while the first is still under way; another body under the key is
/// 422. Refusals are not kept: they may be tried again. (What enqueues uses `idempotency_claim` instead,
/// which the store commits with the job.)
Task<ApiReply> answer_once(Services& services, Handler handler, ApiRequest request);

}  // namespace lanekeeper::web

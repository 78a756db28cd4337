#pragma once
#include "base/error.hpp"
#include "runtime/codex/message.hpp"

#include <string_view>

namespace lanekeeper::codex {

/// What a refusal means. The app server has few codes and many sentences (runtime.md 2), so sentences decide.
enum class Refusal {
    overloaded,     // ask again soon
    no_method,      // it does not know the method
    bad_params,
    auth,           // somebody has to log in
    not_loaded,     // the thread may be on disk: resume it, then ask again
    gone,           // there is no such thread
    archived,
    not_yet,        // the thread has nothing written
    wrong_state,    // e.g. no active turn
    other,
};

Refusal meaning_of(std::string_view method, const RpcError& error);

/// The same in the words of api.md 1; `not_found` for a thread that is not there.
RuntimeRefusal to_refusal(std::string_view method, const RpcError& error);

}  // namespace lanekeeper::codex

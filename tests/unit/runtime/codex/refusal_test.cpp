#include "runtime/codex/refusal.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::codex;

TEST_CASE("the server's sentences are told apart") {
    struct Case {
        const char* method;
        std::int64_t code;
        const char* sentence;
        Refusal meaning;
        const char* word;
    };
    const Case cases[] = {
        {"turn/start", -32001, "Server overloaded; retry later.", Refusal::overloaded, "runtime_error"},
        {"thread/nope", -32600, "Invalid request: unknown variant `thread/nope`, expected one of `initialize`", Refusal::no_method,
         "method_not_supported"},
        {"turn/start", -32600, "Invalid request: unknown variant `on-failure`, expected one of `untrusted`", Refusal::bad_params,
         "invalid_params"},
        {"turn/start", -32602, "Input exceeds the maximum length of 1048576 characters.", Refusal::bad_params, "invalid_params"},
        {"turn/start", -32600, "thread not found: 01a2", Refusal::not_loaded, "not_found"},
        {"thread/turns/list", -32600, "thread not loaded: 01a2", Refusal::not_loaded, "not_found"},
        {"thread/resume", -32600, "no rollout found for thread id 01a2", Refusal::gone, "not_found"},
        {"thread/fork", -32600, "invalid paginated history lineage for 01a2: missing source rollout", Refusal::gone, "not_found"},
        {"thread/turns/list", -32603, "thread-store internal error: rollout at /sessions/rollout-01a2.jsonl is empty", Refusal::gone,
         "not_found"},
        {"thread/resume", -32600, "invalid session id: invalid character", Refusal::gone, "not_found"},
        {"thread/resume", -32600, "session 01a2 is archived. Run `codex unarchive 01a2`", Refusal::archived, "invalid_state"},
        {"thread/read", -32601, "list_turns is not supported yet", Refusal::not_yet, "invalid_state"},
        {"thread/turns/list", -32600, "thread 01a2 is not materialized yet; thread/turns/list is unavailable", Refusal::not_yet,
         "invalid_state"},
        {"turn/interrupt", -32600, "no active turn to interrupt", Refusal::wrong_state, "invalid_state"},
        {"turn/steer", -32600, "no active turn to steer", Refusal::wrong_state, "invalid_state"},
        {"turn/steer", -32600, "expected active turn id `01a2` but found `01a3`", Refusal::wrong_state, "invalid_state"},
        {"turn/steer", -32600, "cannot steer a review turn", Refusal::wrong_state, "invalid_state"},
        {"turn/start", -32603, "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Review }", Refusal::wrong_state,
         "invalid_state"},
        {"thread/delete", -32600, "cannot delete thread 01a2: forked history still references it", Refusal::wrong_state,
         "invalid_state"},
        {"account/rateLimits/read", -32600, "codex account authentication required to read rate limits", Refusal::auth,
         "auth_required"},
        {"model/list", -32603, "something broke", Refusal::other, "runtime_error"},
        {"model/list", -32601, "Method not found", Refusal::no_method, "method_not_supported"},
    };
    for (const auto& known : cases) {
        INFO(known.sentence);
        RpcError error(known.code, known.sentence);
        CHECK(meaning_of(known.method, error) == known.meaning);
        auto refusal = to_refusal(known.method, error);
        CHECK(refusal.code == known.word);
        CHECK(std::string(refusal.what()).find(known.method) == 0);
    }
}

TEST_CASE("a refusal that lists everything is cut") {
    RpcError error(-32600, "Invalid request: unknown variant `x`, expected one of " + std::string(10'000, 'y'));
    CHECK(std::string(to_refusal("x", error).what()).size() < 600);
}

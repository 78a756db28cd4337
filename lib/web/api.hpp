#pragma once
#include "async/presence.hpp"
#include "async/task.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/schema.hpp"
#include "base/time.hpp"
#include "web/query.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lanekeeper::web {

// What handlers see of HTTP: values, no Beast.

enum class Role { viewer, operator_, admin };

enum class Verb { get, post, patch, del };

/// An `Idempotency-Key` on a route of Route::Once::recorded ("web/idempotency.hpp").
struct Claim {
    Claim() = default;
    std::string scope;                 // route and caller
    std::string key;                   // the header
    std::string hash;                  // of path and body
    WallTime at{};
    std::optional<std::string> begun;  // id of what an earlier call began and could not answer
    bool known = false;                // a record stands under the key, which the one of this call replaces
};

struct ApiRequest {
    ApiRequest() = default;
    Verb verb = Verb::get;
    std::string path;                               // decoded pattern path, for logs
    std::map<std::string, std::string> params;      // ":id" of the pattern, percent-decoded
    std::map<std::string, std::string> query;       // decoded; what the route lists; no name twice
    json::value body;                               // parsed; null when there was none
    std::string raw_body;                           // as it came, for idempotency hashes and NDJSON
    std::map<std::string, std::string> headers;     // lower-case names
    Role role = Role::admin;
    std::string caller;                             // who, for idempotency scopes: token name or "loopback"
    std::string request_id;

    std::string traceparent;                        // W3C trace context; empty without a valid one
    std::string route;                              // "POST /api/projects/:id/rename", for logs and idempotency scopes
    std::string runtime_method;                     // Route::runtime_method
    std::optional<Claim> claim;                     // on routes that keep their answers, when the client gave a key

    std::shared_ptr<Presence> presence;             // of the client, on routes that watch it (Route::watches)

    const std::string& param(const std::string& name) const { return params.at(name); }
    std::optional<std::string> query_value(const std::string& name) const;
    std::optional<std::string> header(const std::string& lower_case_name) const;
};

struct ApiReply {
    ApiReply() = default;
    ApiReply(int status_, json::value body_) : status(status_), body(std::move(body_)) {}
    int status = 200;
    json::value body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::optional<std::string> text;                // instead of `body`
    std::string content_type = "application/json; charset=utf-8";
    bool settled = true;                            // false: a repetition may find out more, so it is not replayed
};

/// The status and body of api.md 1 for a refusal: maps every code word to its status; adds issues, details and, for 429
/// and 503, Retry-After. `details` become members of the body, and win over the standard ones. A word that api.md 1 does
/// not name is a route's own conflict: 409 {status: word, code: "job_conflict", …details}. `not_found` with an id among
/// its details says status "not_found".
ApiReply refuse(const Problem& problem);

/// A refusal in the words of the routes that this path belongs to: those of jobs-family.md have their own.
ApiReply in_words_of(std::string_view path, ApiReply reply);

struct Services;

/// One endpoint. `Services` outlives every call. Throws only what `answer_exception` knows (StorageUnavailable → 503,
/// RuntimeUnavailable → 503, RuntimeRefusal → its status, else 500 with an errorId).
using Handler = Task<ApiReply> (*)(Services& services, ApiRequest request);

struct Route {
    Verb verb;
    std::string_view pattern;  // "/api/sessions/:id/messages"; fixed words win over ":id"
    Handler handler;           // null where `kind` is not `reply`
    Role minimum = Role::viewer;
    /// none: refused unless empty; optional_json: null when empty; json: required; bulk_json: the larger limit.
    enum class Body { none, optional_json, json, bulk_json } body = Body::none;
    /// Asked before anything else of the route, on ":id". user_session: deleted 410, system 403, unknown 404.
    /// readable_session: the same, but an operator may see a system-owned one.
    enum class Guard { none, user_session, readable_session } guard = Guard::none;
    enum class Needs { none, queue } needs = Needs::none;  // queue: 503 queue_disabled when it is off
    /// `Idempotency-Key`: recorded: the handler has its answer kept for 24 h, in the commit of what it does;
    /// by_queue: it hands `idempotency_claim` to the queue, which commits it with the job.
    enum class Once { no, recorded, by_queue } once = Once::no;
    enum class Kind { reply, websocket, event_stream } kind = Kind::reply;
    std::string_view runtime_method = {};  // what the runtime is asked for; named in the details of its refusals
    /// What a body must look like: the schema that the handler checks, and that proto/ publishes. Null: no body is read.
    const Schema& (*accepts)() = nullptr;

    /// Something that can be switched off: 503 feature_disabled, before a look at the body.
    enum class Feature { none, suggested_replies } feature = Feature::none;

    /// What it reads of the query; everything else there is passed over, unless it goes on to the runtime as it is.
    Query query = {};
    bool hands_query_on = false;

    /// Takes application/x-ndjson too, up to so many lines, whose values it sees as an array; 0: it does not.
    std::size_t lines = 0;
    /// Holds its answer back and wants to know meanwhile whether the client is still there: ApiRequest::presence.
    bool watches = false;

    // The same route, with that said. For tables.
    constexpr Route taking(Query listed) const { return with(*this, &Route::query, listed); }
    constexpr Route accepting(const Schema& (*schema)()) const { return with(*this, &Route::accepts, schema); }
    constexpr Route asking(std::string_view method) const { return with(*this, &Route::runtime_method, method); }
    constexpr Route taking_lines(std::size_t most) const { return with(*this, &Route::lines, most); }
    constexpr Route watching() const { return with(*this, &Route::watches, true); }
    constexpr Route offering(Feature offered) const { return with(*this, &Route::feature, offered); }
};

}  // namespace lanekeeper::web

#include "web/idempotency.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "web/input.hpp"

#include <mutex>
#include <set>

namespace lanekeeper::web {
namespace {

constexpr const char* kind = "idempotency";
constexpr Millis look_again{20};

/// Keys whose first call is still running in this process.
class UnderWay {
public:
    bool enter(const std::string& key) {
        std::lock_guard lock(mutex_);
        return keys_.insert(key).second;
    }
    void leave(const std::string& key) {
        std::lock_guard lock(mutex_);
        keys_.erase(key);
    }

private:
    std::mutex mutex_;
    std::set<std::string> keys_;
};

UnderWay& under_way() {
    static UnderWay instance;
    return instance;
}

/// Holds a key while its call runs, however that ends.
class Hold {
public:
    explicit Hold(std::string key) : key_(std::move(key)), held_(under_way().enter(key_)) {}
    ~Hold() {
        if (held_) under_way().leave(key_);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    bool try_again() { return held_ = held_ || under_way().enter(key_); }
    bool held() const { return held_; }

private:
    std::string key_;
    bool held_;
};

/// A refusal made nothing and may be tried again, so only what was granted is kept.
bool is_kept(const ApiReply& reply) { return reply.status < 400 && !reply.text && reply.settled; }

Claim claim_of(const ApiRequest& request, WallTime now) {
    Claim claim;
    claim.scope = request.route + " " + request.caller;
    claim.key = *request.header("idempotency-key");
    claim.hash = body_hash(request.path + "\n" + request.raw_body);
    claim.at = now;
    return claim;
}

RecordPut put_claim(const Claim& claim, json::object body) {
    body["hash"] = claim.hash;
    body["at"] = to_ms(claim.at);
    auto mode = claim.known ? RecordPut::Mode::upsert : RecordPut::Mode::insert;
    RecordPut put(kind, claim.scope, claim.key, std::move(body), mode);
    put.expires_at = claim.at + limits::idempotency_keep;
    return put;
}

bool is_fresh(const json::object& body, WallTime now) {
    auto at = from_ms(body.at("at").to_number<std::int64_t>());
    return now - at < limits::idempotency_keep;
}

bool is_answered(const json::object& body) { return body.contains("status"); }
bool is_same(const json::object& body, const Claim& claim) { return members::text(body, "hash") == claim.hash; }

ApiReply replay(const json::object& body) {
    ApiReply reply(body.at("status").to_number<int>(), body.at("body"));
    if (const auto* headers = body.if_contains("headers"))
        for (const auto& [name, value] : headers->as_object()) reply.headers.emplace_back(name, value.as_string());
    return reply;
}

ApiReply mismatch() {
    return refuse(Problem("idempotency_mismatch", "this Idempotency-Key was used with another request"));
}

/// A key whose time is over is free, though its record stands.
std::optional<Record> still_valid(std::optional<Record> record, const Claim& claim) {
    if (record && !is_fresh(record->body, claim.at)) record.reset();
    return record;
}

/// What was begun is answered now.
Task<void> complete(Services& services, Claim claim, ApiReply reply) {
    claim.known = true;
    auto put = keep_answer(claim, reply);
    Effects effects;
    effects.puts.push_back(std::move(put));
    try {
        co_await services.ledger.commit(claim.at, std::move(effects));
    } catch (const StorageUnavailable& e) {
        // A repetition finds out anew what became of it.
        log_warn("idempotency answer not kept", {{"route", claim.scope}, {"error", e.what()}});
    }
}

}  // namespace

RecordPut keep_answer(const Claim& claim, const ApiReply& reply) {
    json::object kept{{"status", reply.status}, {"body", reply.body}};
    json::object headers;
    for (const auto& [name, value] : reply.headers) headers[name] = value;
    if (!headers.empty()) kept["headers"] = std::move(headers);
    return put_claim(claim, std::move(kept));
}

RecordPut keep_begun(const Claim& claim, const std::string& id) { return put_claim(claim, {{"begun", id}}); }

Task<ApiReply> answer_once(Services& services, Handler handler, ApiRequest request) {
    auto claim = claim_of(request, services.time.wall());
    Hold hold(claim.scope + "\n" + claim.key);
    while (!hold.try_again()) co_await pause_for(services.time, look_again);
    auto record = co_await services.store.record(kind, claim.scope, claim.key);
    claim.known = record.has_value();
    auto earlier = still_valid(std::move(record), claim);
    if (earlier && !is_same(earlier->body, claim)) co_return mismatch();
    if (earlier && is_answered(earlier->body)) co_return replay(earlier->body);
    if (earlier) claim.begun = members::text(earlier->body, "begun");
    request.claim = claim;
    auto reply = co_await handler(services, std::move(request));
    record = co_await services.store.record(kind, claim.scope, claim.key);
    auto kept = still_valid(std::move(record), claim);
    if (!kept) co_return reply;
    if (!is_same(kept->body, claim)) co_return mismatch();
    if (is_answered(kept->body)) co_return replay(kept->body);  // what every repetition gets
    if (is_kept(reply)) co_await complete(services, claim, reply);
    co_return reply;
}

}  // namespace lanekeeper::web

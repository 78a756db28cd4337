#include "web/idempotency.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
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
class Claim {
public:
    explicit Claim(std::string key) : key_(std::move(key)), held_(under_way().enter(key_)) {}
    ~Claim() {
        if (held_) under_way().leave(key_);
    }
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    bool try_again() { return held_ = held_ || under_way().enter(key_); }
    bool held() const { return held_; }

private:
    std::string key_;
    bool held_;
};

/// A refusal made nothing and may be tried again, so only what was granted is kept.
bool is_kept(const ApiReply& reply) { return reply.status < 400 && !reply.text; }

json::object stored(const ApiReply& reply, const std::string& hash, WallTime now) {
    return {{"hash", hash}, {"status", reply.status}, {"body", reply.body}, {"at", to_ms(now)}};
}

bool is_fresh(const json::object& body, WallTime now) {
    auto at = from_ms(body.at("at").to_number<std::int64_t>());
    return now - at < limits::idempotency_keep;
}

ApiReply replay(const json::object& body, const std::string& hash) {
    if (std::string_view(body.at("hash").as_string()) != hash)
        return refuse(Problem("idempotency_mismatch", "this Idempotency-Key was used with another request"));
    return ApiReply(body.at("status").to_number<int>(), body.at("body"));
}

Effects keep(const std::string& scope, const std::string& key, json::object body, WallTime now) {
    RecordPut put(kind, scope, key, std::move(body));
    put.expires_at = now + limits::idempotency_keep;
    Effects effects;
    effects.puts.push_back(std::move(put));
    return effects;
}

}  // namespace

Task<ApiReply> answer_once(Services& services, Handler handler, ApiRequest request) {
    auto scope = request.route + " " + request.caller;
    auto key = *request.header("idempotency-key");
    auto hash = body_hash(request.path + "\n" + request.raw_body);
    Claim claim(scope + "\n" + key);
    while (!claim.try_again()) co_await pause_for(services.time, look_again);
    auto record = co_await services.store.record(kind, scope, key);
    if (record && is_fresh(record->body, services.time.wall())) co_return replay(record->body, hash);
    auto reply = co_await handler(services, std::move(request));
    if (!is_kept(reply)) co_return reply;
    auto now = services.time.wall();
    auto effects = keep(scope, key, stored(reply, hash, now), now);
    try {
        co_await services.ledger.commit(now, std::move(effects));
    } catch (const StorageUnavailable& e) {
        // What was asked for is done all the same; only a repetition will not be recognised.
        log_warn("idempotency answer not kept", {{"route", scope}, {"error", e.what()}});
    }
    co_return reply;
}

}  // namespace lanekeeper::web

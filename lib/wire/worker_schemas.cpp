#include "wire/worker_schemas.hpp"

#include "base/limits.hpp"

namespace lanekeeper::wire {
namespace {

constexpr std::int64_t most_tokens = std::int64_t(1) << 53;
constexpr std::size_t error_chars = 10'000;

Schema::Field worker() {
    return required("workerId", Schema::line(1, limits::worker_id_chars).described("the name that the worker gives itself"));
}
Schema::Field run() { return required("run", Schema::integer(1, 2'147'483'647).described("as the claim said")); }
Schema tokens() { return Schema::integer(0, most_tokens); }

}  // namespace

const Schema& claim_schema() {
    static const Schema schema = Schema::object({
        worker(),
        required("types", Schema::array(Schema::line(1, 128), 1, limits::claim_types).described("of jobs that it can run")),
        optional_field("wait", Schema::integer(0, limits::long_poll / std::chrono::seconds(1)).described("s to wait for a job; 0 unless said")),
        optional_field("leaseMs", Schema::integer(limits::lease_min.count(), limits::lease_max.count())
                                      .described("how long it may be silent; 30000 unless said")),
    });
    return schema;
}

const Schema& heartbeat_schema() {
    static const Schema schema = Schema::object({worker(), run()});
    return schema;
}

const Schema& progress_schema() {
    static const Schema schema = Schema::object({worker(), run(), required("progress", Schema::any().described("16 KiB at most"))});
    return schema;
}

const Schema& complete_schema() {
    static const Schema schema = Schema::object({
        worker(),
        run(),
        required("result", Schema::any().described("what is no object is kept as {output: …}")),
        optional_field("tokenUsage", Schema::object({required("input", tokens()), required("output", tokens())}).nullable()),
    });
    return schema;
}

const Schema& fail_schema() {
    static const Schema schema = Schema::object({
        worker(),
        run(),
        required("error", Schema::string(1, error_chars).described("a reason word first, then text")),
        optional_field("retryable", Schema::boolean().described("true unless said")),
        optional_field("snoozeUntil", Schema::line(20, 40).described("an ISO-8601 time with its zone: not now, and no attempt is spent")),
    });
    return schema;
}

}  // namespace lanekeeper::wire

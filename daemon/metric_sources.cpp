#include "daemon/metric_sources.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

using Samples = std::vector<Metrics::Sample>;

Samples one(double value) { return {{"", value}}; }

// A label value in the exposition's own quoting.
std::string label_value(std::string_view text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        if (c == '\n') out += "\\n";
        else out += c;
    }
    return out + '"';
}

void add_queue(Metrics& metrics, Store& store, Housekeeping& housekeeping) {
    metrics.add_source("lanekeeper_jobs", "gauge", "Jobs in the store, by state.", [&store] {
        Samples samples;
        for (const auto& [state, count] : store.counts().by_state)
            samples.push_back({fmt::format("{{state=\"{}\"}}", to_word(state)), double(count)});
        return samples;
    });
    metrics.add_source("lanekeeper_queue_depth", "gauge", "Jobs that wait or run.", [&store] {
        double depth = 0;
        for (const auto& [state, count] : store.counts().by_state)
            if (is_open(state)) depth += double(count);
        return one(depth);
    });
    metrics.add_source("lanekeeper_lane_depth", "gauge", "Jobs that wait or run, in the deepest lanes.", [&housekeeping] {
        Samples samples;
        for (const auto& lane : housekeeping.deepest_lanes())
            samples.push_back({fmt::format("{{project={}}}", label_value(lane.owner)), double(lane.queued + lane.running)});
        return samples;
    });
}

void add_store(Metrics& metrics, const Store& store) {
    metrics.add_histogram("lanekeeper_commit_seconds",
                          "From the store's taking up the mutations of a commit until they were durable.",
                          [&store] { return store.stats().commit_seconds; });
    metrics.add_histogram("lanekeeper_commit_batch_size", "Mutations that one commit of the store carried.",
                          [&store] { return store.stats().batch_sizes; });
}

void add_claims(Metrics& metrics, Queue& queue) {
    auto add = [&](const char* name, const char* type, const char* help, std::int64_t ClaimCounts::*count) {
        metrics.add_source(name, type, help, [&queue, count] { return one(double(queue.claims().counts().*count)); });
    };
    add("lanekeeper_worker_leases", "gauge", "Jobs in the hand of remote workers.", &ClaimCounts::leases);
    add("lanekeeper_worker_leases_expired_total", "counter", "Leases that ran out: the worker was lost.", &ClaimCounts::expired);
    add("lanekeeper_worker_claims_waiting", "gauge", "Claims of remote workers that wait for a job.", &ClaimCounts::waiting);
}

using Counter = std::atomic<std::int64_t> WebCounters::*;

void add_web(Metrics& metrics, const WebCounters& web) {
    auto add = [&](const char* name, const char* type, const char* help, Counter counter) {
        metrics.add_source(name, type, help, [&web, counter] { return one(double((web.*counter).load())); });
    };
    add("lanekeeper_http_connections", "gauge", "Connections open now.", &WebCounters::connections);
    add("lanekeeper_http_connections_refused_total", "counter", "Connections over a limit.", &WebCounters::refused);
    add("lanekeeper_http_accept_errors_total", "counter", "Accepts that failed.", &WebCounters::accept_errors);
    add("lanekeeper_http_requests_total", "counter", "Requests answered.", &WebCounters::requests);
    add("lanekeeper_websocket_clients", "gauge", "WebSockets open now.", &WebCounters::websocket_clients);
    add("lanekeeper_event_stream_clients", "gauge", "Server-sent event streams open now.", &WebCounters::event_streams);
    add("lanekeeper_outbox_bytes", "gauge", "Bytes that wait for slow readers.", &WebCounters::outbox_bytes);
    add("lanekeeper_replays_total", "counter", "Clients that caught up from a cursor.", &WebCounters::replays);
    add("lanekeeper_resyncs_total", "counter", "Cursors that could not be served.", &WebCounters::resyncs);
    add("lanekeeper_slow_client_closes_total", "counter", "Clients closed because they did not read.", &WebCounters::slow_closes);
}

}  // namespace

void add_metric_sources(Metrics& metrics, Store& store, Housekeeping& housekeeping, Hub& hub, Ingest& ingest,
                        const WebCounters& web, Queue& queue, const Runtime& runtime) {
    add_queue(metrics, store, housekeeping);
    add_claims(metrics, queue);
    add_store(metrics, store);
    add_web(metrics, web);
    metrics.add_source("lanekeeper_runtime_restarts_total", "counter", "Restarts of the agent runtime.",
                       [&runtime] { return one(double(runtime.restarts())); });
    metrics.add_source("lanekeeper_subscribers", "gauge", "Those who hear events.",
                       [&hub] { return one(double(hub.subscribers())); });
    metrics.add_source("lanekeeper_notices_dropped_total", "counter", "Live-only notices that found their queue full.",
                       [&ingest] { return one(double(ingest.stats().dropped)); });
}

}  // namespace lanekeeper

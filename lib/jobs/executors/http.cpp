#include "jobs/executors/http.hpp"

#include "base/log.hpp"
#include "base/members.hpp"
#include "jobs/executors/declared.hpp"
#include "jobs/executors/http_end.hpp"
#include "jobs/executors/work_order.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

namespace lanekeeper {
namespace {

/// What all runs of one declaration share.
struct Post {
    Post(HttpExecutor declared_, const ExecutorDeps& deps) : declared(std::move(declared_)), queue(deps.queue), http(deps.http) {}
    const HttpExecutor declared;
    Queue& queue;
    HttpCaller& http;
};
using PostPtr = std::shared_ptr<const Post>;

/// A user's metadata may say anything there.
std::string trace_of(const Job& job) {
    const auto* metadata = job.metadata.if_object();
    auto trace = metadata ? members::text(*metadata, "traceparent") : std::string();
    bool plain = trace.find_first_not_of("0123456789abcdef-") == trace.npos;
    return plain && trace.size() == 55 ? trace : std::string();
}

HttpCall first_call(const HttpExecutor& declared, const Job& job, std::string order) {
    HttpCall call;
    call.url = declared.url;
    call.max_response = declared.max_response;
    call.headers = {{"Content-Type", "application/json"},
                    {"Idempotency-Key", fmt::format("{}:{}", job.id(), job.run)},
                    {"X-Lanekeeper-Job-Id", job.id()}};
    auto trace = trace_of(job);
    if (!trace.empty()) call.headers.emplace_back("traceparent", trace);
    call.body = std::move(order);
    return call;
}

void redirect(HttpCall& call, Redirect to) {
    call.url = std::move(to.url);
    if (!to.only_get) return;
    call.method = "GET";
    call.body.clear();
    std::erase_if(call.headers, [](const auto& header) { return header.first == "Content-Type"; });
}

Task<RunOutcome> run(PostPtr post, std::shared_ptr<RunContext> context, json::object payload) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto ordering = write_order(post->queue, context, std::move(payload));
    auto order = co_await std::move(ordering);
    Job job = context->job();
    auto call = first_call(post->declared, job, std::move(order));
    for (int redirects = 0;; ++redirects) {
        auto calling = post->http.call(call);
        auto answer = co_await std::move(calling);
        log_debug("executor answered", {{"jobId", job.id()}, {"run", job.run}, {"status", answer.status}});
        auto end = http_end(call.url, answer, redirects, context->time().wall());
        if (auto* outcome = std::get_if<RunOutcome>(&end)) co_return std::move(*outcome);
        redirect(call, std::get<Redirect>(std::move(end)));
    }
}

}  // namespace

Definition http_executor(const std::string& name, const HttpExecutor& declared, const ExecutorDeps& deps) {
    auto definition = declared_definition(name, declared.timeout, deps);
    auto post = std::make_shared<const Post>(declared, deps);
    definition.run = [post](std::shared_ptr<RunContext> context, json::object payload) {
        return run(post, std::move(context), std::move(payload));
    };
    return definition;
}

}  // namespace lanekeeper

// /api/schedules (jobs-family.md, Schedules).
#include "base/limits.hpp"
#include "base/members.hpp"
#include "queue/schedules/schedules.hpp"
#include "web/idempotency.hpp"
#include "web/input.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"
#include "wire/schedule_schema.hpp"
#include "wire/schedule_view.hpp"
#include "wire/submitted_job.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::web {
namespace {

constexpr std::int64_t list_default = 50, list_most = 1000;

constexpr QueryParameter list_limit() {
    QueryParameter limit{"limit", QueryParameter::Form::number, "how many at most in one reply; more than 1000 are 1000"};
    limit.otherwise = list_default;
    return limit.from_to(1, 1'000'000);
}

constexpr std::array list_query = {list_limit(), page_cursor};

std::optional<bool> flag(const json::object& body, const char* name) {
    if (!body.contains(name)) return {};
    return members::flag(body, name);
}

std::optional<Overlap> overlap(const json::object& body) {
    auto word = members::text_or_nothing(body, "overlap");
    if (!word) return {};
    return *word == to_word(Overlap::queue) ? Overlap::queue : Overlap::skip;
}

std::optional<Missed> missed(const json::object& body) {
    auto word = members::text_or_nothing(body, "missed");
    if (!word) return {};
    return *word == to_word(Missed::none) ? Missed::none : Missed::once;
}

ScheduleChange read_change(const json::object& body) {
    ScheduleChange change;
    change.name = members::text_or_nothing(body, "name");
    change.cron = members::text_or_nothing(body, "cron");
    change.timezone = members::text_or_nothing(body, "timezone");
    if (const auto* job = members::object(body, "job")) change.job = *job;
    change.overlap = overlap(body);
    change.missed = missed(body);
    change.enabled = flag(body, "enabled");
    return change;
}

ScheduleSpec read_spec(const json::object& body) {
    ScheduleSpec spec;
    spec.name = members::text(body, "name");
    spec.cron = members::text(body, "cron");
    spec.timezone = members::text_or_nothing(body, "timezone").value_or(spec.timezone);
    spec.job = *members::object(body, "job");
    spec.overlap = overlap(body).value_or(spec.overlap);
    spec.missed = missed(body).value_or(spec.missed);
    spec.enabled = flag(body, "enabled").value_or(spec.enabled);
    return spec;
}

json::object view(const ScheduleView& one) { return wire::schedule_view(one.schedule, one.next_run_at, one.trouble); }

ApiReply created(const ScheduleView& made) {
    ApiReply reply(201, view(made));
    reply.headers.emplace_back("Location", "/api/schedules/" + made.schedule.id);
    return reply;
}

ApiReply started(const Job& job) { return {202, wire::submitted_job(job)}; }

Task<ApiReply> create(Services& services, ApiRequest request) {
    auto body = read_body(request, wire::schedule_schema());
    if (!body) co_return refuse(body.error());
    auto spec = read_spec(*body);
    auto keep = answer_keeper<ScheduleView>(request, created);
    auto made = co_await services.schedules.create(std::move(spec), std::move(keep));
    if (!made) co_return refuse(made.error());
    co_return created(*made);
}

Task<ApiReply> list(Services& services, ApiRequest request) {
    auto limit = read_limit(request, list_query[0]);
    if (!limit) co_return refuse(limit.error());
    auto most = std::min<std::size_t>(*limit, list_most);
    auto cursor = read_cursor(request).value_or("");
    if (!cursor.empty() && !cursor.starts_with("sch_")) co_return refuse(bad_cursor());
    auto page = co_await services.schedules.list(std::move(cursor), most);
    json::array schedules;
    for (const auto& one : page.schedules) schedules.push_back(view(one));
    json::object body{{"schedules", std::move(schedules)},
                      {"total", page.total},
                      {"limit", most},
                      {"nextCursor", members::or_null(page.next)}};
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> read(Services& services, ApiRequest request) {
    auto found = co_await services.schedules.get(request.param("scheduleId"));
    if (!found) co_return refuse(found.error());
    co_return ApiReply(200, view(*found));
}

Task<ApiReply> change(Services& services, ApiRequest request) {
    auto body = read_body(request, wire::schedule_change_schema());
    if (!body) co_return refuse(body.error());
    auto wanted = read_change(*body);
    auto changed = co_await services.schedules.change(request.param("scheduleId"), std::move(wanted));
    if (!changed) co_return refuse(changed.error());
    co_return ApiReply(200, view(*changed));
}

Task<ApiReply> remove(Services& services, ApiRequest request) {
    const auto& id = request.param("scheduleId");
    auto removed = co_await services.schedules.remove(id);
    if (!removed) co_return refuse(removed.error());
    json::object body{{"scheduleId", id}, {"status", "deleted"}};
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> run(Services& services, ApiRequest request) {
    auto keep = answer_keeper<Job>(request, started);
    auto job = co_await services.schedules.run_now(request.param("scheduleId"), std::move(keep));
    if (!job) co_return refuse(job.error());
    co_return started(*job);
}

}  // namespace

std::span<const Route> schedule_routes() {
    using enum Route::Body;
    constexpr auto guard = Route::Guard::none;
    constexpr auto needs = Route::Needs::queue;
    constexpr auto once = Route::Once::recorded;
    static const std::array routes = {
        Route{Verb::post, "/api/schedules", create, Role::operator_, json, guard, needs, once}.accepting(wire::schedule_schema),
        Route{Verb::get, "/api/schedules", list}.taking(list_query),
        Route{Verb::get, "/api/schedules/:scheduleId", read},
        Route{Verb::patch, "/api/schedules/:scheduleId", change, Role::operator_, json, guard, needs}.accepting(wire::schedule_change_schema),
        Route{Verb::del, "/api/schedules/:scheduleId", remove, Role::operator_, optional_json}.accepting(any_body),
        Route{Verb::post, "/api/schedules/:scheduleId/run", run, Role::operator_, optional_json, guard, needs, once}.accepting(any_body),
    };
    return routes;
}

}  // namespace lanekeeper::web

// What a role below operator learns of the hidden sessions that jobs run on: nothing (api.md 4).
#include "agents/ingest.hpp"
#include "agents/projects.hpp"
#include "agents/questions.hpp"
#include "queue/schedules/schedules.hpp"
#include "support/catch.hpp"
#include "support/spine.hpp"
#include "web/handlers/scheduled_job.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

namespace {

/// One chat whose suggestion runs, on a hidden session, for as long as the test lasts.
struct RunningJob {
    static Spine::MakeRuntime hanging() {
        auto script = std::make_shared<scripted::TurnScript>();
        script->end = scripted::TurnScript::End::hang;
        return scripted_runtime(script);
    }

    Spine spine{hanging()};
    Projects projects{*spine.sessions};
    Ingest ingest{spine.stage.executor(), *spine.sessions, *spine.queue};
    Questions questions{spine.stage.executor(), *spine.sessions};
    Schedules schedules{spine.ledger, *spine.queue, spine.stage.time, spine.random, spine.stage.executor(), read_scheduled_job};
    Services services{spine.settings, spine.stage.time, spine.random,   spine.store,     spine.ledger, *spine.hub,
                      *spine.queue,   schedules,        spine.registry, *spine.runtime,  *spine.sessions, projects,
                      ingest,         *spine.suggestions, questions,    *spine.metrics};
    std::string chat = spine.chat();
    std::string job_id;

    RunningJob() {
        SuggestClick click;
        click.session_id = chat;
        job_id = spine.stage.wait_for(spine.suggestions->click(std::move(click))).value().job.id();
        while (!spine.job(job_id).running.complete()) spine.stage.advance(Millis{10});
    }

    std::string ask(std::string_view pattern, const char* name, std::string value, Role role) {
        for (const auto& route : all_routes()) {
            if (route.verb != Verb::get || route.pattern != pattern) continue;
            CHECK(route.minimum == Role::viewer);
            ApiRequest request;
            request.role = role;
            request.params[name] = std::move(value);
            auto reply = spine.stage.wait_for(route.handler(services, std::move(request)));
            CHECK(reply.status == 200);
            return json::serialize(reply.body);
        }
        throw std::logic_error("no such route");
    }
};

}  // namespace

TEST_CASE("A viewer reads a running job without the hidden session that it runs on; an operator with it") {
    RunningJob running;
    auto hidden = running.spine.job(running.job_id).running.thread_id;
    REQUIRE_FALSE(hidden.empty());
    for (auto role : {Role::viewer, Role::operator_, Role::admin}) {
        INFO("role " << int(role));
        bool shown = role >= Role::operator_;
        auto one = running.ask("/api/orchestrator/jobs/:jobId", "jobId", running.job_id, role);
        CHECK((one.find(hidden) != std::string::npos) == shown);
        auto list = running.ask("/api/projects/:id/orchestrator/jobs", "id", "session:" + running.chat, role);
        CHECK(list.find(running.job_id) != std::string::npos);
        CHECK((list.find(hidden) != std::string::npos) == shown);
    }
}

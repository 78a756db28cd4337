// proto/ says what the code says: every schema there is written from the one that the code checks with. After a change
// of the contract, LANEKEEPER_WRITE_PROTO=1 build/dev/tests/unit_web "[proto]" writes the files anew.
#include "agents/intents.hpp"
#include "agents/notice.hpp"
#include "job/lifecycle.hpp"
#include "queue/job_events.hpp"
#include "support/catch.hpp"
#include "support/pretty_json.hpp"
#include "support/spine.hpp"
#include "web/input.hpp"
#include "web/router.hpp"
#include "web/routes.hpp"
#include "wire/event_schemas.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace lanekeeper;
namespace fs = std::filesystem;

namespace {

const fs::path proto = fs::path(LANEKEEPER_SOURCE_DIR) / "proto";
const std::set<std::string> written_here = {"commands", "events", "intents", "jobs", "notifications", "objects", "requests", "stream"};

using Files = std::map<std::string, std::string>;  // path below proto → text

void add(Files& files, const std::string& path, const std::string& title, const std::string& about, const Schema& schema) {
    json::object whole{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", title}};
    if (!about.empty()) whole["description"] = about;
    for (auto& member : schema.to_json()) whole[member.key()] = member.value();
    files[path + ".json"] = pretty(whole);
}

void add_all(Files& files, const std::string& folder, const std::vector<wire::NamedSchema>& schemas) {
    for (const auto& named : schemas) add(files, folder + "/" + named.name, named.name, named.about, named.schema);
}

void add_jobs(Files& files) {
    Spine spine(builtin_runtime);
    for (const auto& definition : spine.registry.all()) {
        add(files, "jobs/" + definition->type + ".payload", definition->type + ", payload", "", definition->payload_schema);
        add(files, "jobs/" + definition->type + ".result", definition->type + ", result", "", definition->result_schema);
    }
}

/// "POST /api/sessions/:id/rename" → "post.api.sessions.id.rename".
std::string file_name(std::string route) {
    for (char& c : route) c = c == ' ' || c == '/' ? '.' : char(std::tolower(static_cast<unsigned char>(c)));
    std::erase(route, ':');
    for (auto at = route.find(".."); at != std::string::npos; at = route.find("..")) route.erase(at, 1);
    return route;
}

std::string name_of(const web::Route& route) {
    return std::string(web::to_word(route.verb)) + " " + std::string(route.pattern);
}

bool says_something(const web::Route& route) {
    return route.accepts && route.accepts != web::empty_body && route.accepts != web::any_body;
}

const char* body_word(web::Route::Body body) {
    using Body = web::Route::Body;
    if (body == Body::none) return "none";
    if (body == Body::optional_json) return "optional";
    return body == Body::json ? "required" : "required, large";
}

const char* role_word(web::Role role) {
    if (role == web::Role::viewer) return "viewer";
    return role == web::Role::operator_ ? "operator" : "admin";
}

const char* kind_word(web::Route::Kind kind) {
    if (kind == web::Route::Kind::reply) return "reply";
    return kind == web::Route::Kind::websocket ? "websocket" : "event stream";
}

json::array query_of(const web::Route& route) {
    json::array list;
    for (const auto& parameter : route.query) list.push_back(to_json(parameter));
    return list;
}

json::object describe(const web::Route& route) {
    auto name = name_of(route);
    json::object entry{{"route", name},
                       {"answers", kind_word(route.kind)},
                       {"role", role_word(route.minimum)},
                       {"query", query_of(route)},
                       {"handsQueryOn", route.hands_query_on},
                       {"body", body_word(route.body)},
                       {"request", nullptr},
                       {"idempotencyKey", route.once != web::Route::Once::no},
                       {"needsQueue", route.needs == web::Route::Needs::queue},
                       {"runtimeMethod", nullptr}};
    if (says_something(route)) entry["request"] = "requests/" + file_name(name) + ".json";
    if (!route.runtime_method.empty()) entry["runtimeMethod"] = route.runtime_method;
    return entry;
}

void add_routes(Files& files) {
    json::array table;
    for (const auto& route : web::all_routes()) {
        table.push_back(describe(route));
        auto name = name_of(route);
        if (says_something(route)) add(files, "requests/" + file_name(name), name, "", route.accepts());
    }
    files["routes.json"] = pretty(table);
}

void add_notifications(Files& files) {
    for (const char* method : {"turn/started", "turn/completed", "item/started", "item/completed", "item/agentMessage/delta"}) {
        auto whole = Schema::open_object({required("method", Schema::word({method})),
                                          required("params", notice_params_schema(method))});
        add(files, "notifications/" + file_name(method), method, "", whole);
    }
    add(files, "notifications/item.filechange", "a fileChange item", "params.item of a file change: these beside id and type.",
        file_change_schema());
}

void add_intents(Files& files) {
    for (auto kind : intent_kinds()) {
        std::string word(to_word(kind));
        add(files, "intents/" + word, word, "One of the intents of an answer {kind:\"action_intents\", intents:[1..32]} to an agent_instruction.",
            intent_schema(kind));
    }
}

Files all_files() {
    Files files;
    add_jobs(files);
    add_intents(files);
    add_routes(files);
    add_notifications(files);
    add_all(files, "objects", wire::object_schemas());
    add_all(files, "events", wire::event_schemas());
    add_all(files, "stream", wire::stream_schemas());
    add_all(files, "commands", wire::command_schemas());
    return files;
}

void write(const Files& files) {
    for (const auto& folder : written_here) fs::remove_all(proto / folder);
    for (const auto& [path, text] : files) {
        fs::create_directories((proto / path).parent_path());
        std::ofstream(proto / path, std::ios::binary) << text;
    }
}

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("proto/ holds the schemas that the code checks with", "[proto]") {
    auto files = all_files();
    if (std::getenv("LANEKEEPER_WRITE_PROTO")) write(files);
    for (const auto& [path, text] : files) {
        INFO(path << ": differs from the code; see the top of this test for how to write it anew");
        CHECK(contents(proto / path) == text);
    }
}

TEST_CASE("proto/ holds no schema that the code does not have", "[proto]") {
    auto files = all_files();
    for (const auto& folder : written_here)
        for (const auto& file : fs::recursive_directory_iterator(proto / folder)) {
            auto path = fs::relative(file.path(), proto).generic_string();
            INFO(path);
            CHECK(files.contains(path));
        }
}

// No type that is built in reports progress, so that its sample cannot be seen from outside.
TEST_CASE("the sample of a progress event is what a type that reports progress sends", "[proto]") {
    Job job;
    job.key = 1;
    job.type = "survey";
    job.owner = "yard";
    job.state = JobState::running;
    job.run = 1;
    job.attempts = 1;
    job.progress = json::object{{"done", 3}, {"of", 12}};
    auto event = render_event(job_event(job, job_event_type(JobEvent::report)), WallTime{});
    event.seq = 42;
    json::object example{{"when", "a running job says how far it is"}, {"message", json::parse(event.envelope())}};
    json::object whole{{"event", event.type}, {"examples", json::array{example}}};
    auto path = proto / "samples/events" / (event.type + ".json");
    if (std::getenv("LANEKEEPER_WRITE_PROTO")) std::ofstream(path, std::ios::binary) << pretty(whole);
    CHECK(contents(path) == pretty(whole));
    for (const auto& named : wire::event_schemas())
        if (named.name == event.type) CHECK(named.schema.check(json::parse(event.envelope())).empty());
}

// Nor does anything built in that could be waited for.
TEST_CASE("the samples of what jobs of the pool seldom say are what is sent", "[proto]") {
    Job job;
    job.key = 1;
    job.type = "survey";
    job.state = JobState::running;
    job.progress = json::object{{"done", 3}, {"of", 12}};
    Transition report;
    report.next = job;
    auto expired = lifecycle::expire(job, WallTime{}, "expired");
    std::pair<Transition, std::string> said[] = {{report, "a running job says how far it is"}, {expired, "it ran for too long"}};
    for (const auto& [transition, when] : said) {
        auto event = render_event(job_news(transition).front(), WallTime{});
        event.seq = 42;
        auto message = json::parse(event.envelope()).as_object();
        message["jobId"] = "job_1";
        auto name = event.type;
        std::replace(name.begin(), name.end(), ':', '.');
        json::object whole{{"event", name}, {"examples", json::array{json::object{{"when", when}, {"message", message}}}}};
        auto path = proto / "samples/events" / (name + ".json");
        if (std::getenv("LANEKEEPER_WRITE_PROTO")) std::ofstream(path, std::ios::binary) << pretty(whole);
        CHECK(contents(path) == pretty(whole));
        for (const auto& named : wire::event_schemas())
            if (named.name == name) CHECK(named.schema.check(message).empty());
    }
}

TEST_CASE("every route that reads a body says what it must look like") {
    for (const auto& route : web::all_routes()) {
        INFO(name_of(route));
        CHECK((route.body == web::Route::Body::none) == (route.accepts == nullptr));
    }
}

#include "wire/submission_schema.hpp"

#include "base/limits.hpp"

namespace lanekeeper::wire {
namespace {

Schema time_text() { return Schema::line(20, 40).described("an ISO-8601 time with its zone"); }

std::vector<Schema::Field> submission_fields() {
    return {
        required("type", Schema::line(1, 128).described("a registered type, or a word of your own")),
        optional_field("name", Schema::line(1, 200)),
        optional_field("prompt", Schema::string(1, limits::message_chars).described("what the runtime is asked, for types of your own")),
        optional_field("payload", Schema::open_object({})),
        optional_field("priority", Schema::integer(0, 10).described("0 is first; 5 unless said")),
        optional_field("dependencies", Schema::array(Schema::line(1, 128), 0, 10'000).described("ids of jobs to wait for")),
        optional_field("metadata", Schema::open_object({}).nullable()),
        optional_field("projectId", Schema::line(1, limits::owner_id_chars + 16).described("the lane that it obeys; else the pool")),
        optional_field("jobId", Schema::pattern("[A-Za-z0-9_-]{1,64}", "1 to 64 of A-Z a-z 0-9 _ -").described("an id of your own")),
        optional_field("timeout", Schema::integer(1, 31'536'000'000).described("ms an attempt may take")),
        optional_field("scheduledFor", time_text()),
        optional_field("expiresAt", time_text().described("its deadline, whatever it then does")),
        optional_field("maxRetries", Schema::integer(0, 99)),
        optional_field("dedupeKey", Schema::line(1, 200)),
        optional_field("executor", Schema::line(1, 64)),
    };
}

Schema make_workflow_schema(const Schema& jobs) {
    return Schema::object({
        required("name", Schema::line(1, 200)),
        optional_field("mode", Schema::word({"sequential", "parallel", "batch", "dag"})
                                   .described("sequential unless said: each waits for the one before it; batch is parallel")),
        optional_field("jobs", jobs),
        optional_field("steps", jobs.described("another name for jobs")),
    });
}

}  // namespace

const Schema& submission_schema() {
    static const Schema schema = Schema::object(submission_fields());
    return schema;
}

const Schema& workflow_job_schema() {
    static const Schema schema = [] {
        auto fields = submission_fields();
        fields.push_back(optional_field("key", Schema::pattern("[A-Za-z0-9_.-]{1,64}", "1 to 64 of A-Z a-z 0-9 _ . -")
                                                   .described("its name in `dependencies` of the others, and in the result")));
        return Schema::object(std::move(fields));
    }();
    return schema;
}

const Schema& bulk_schema() {
    static const Schema schema =
        Schema::object({required("jobs", Schema::array(submission_schema(), 1, limits::bulk_jobs))})
            .described("this, or the array alone, or one job a line as application/x-ndjson");
    return schema;
}

const Schema& workflow_schema() {
    static const Schema schema = make_workflow_schema(Schema::array(workflow_job_schema(), 1, limits::workflow_nodes));
    return schema;
}

const Schema& workflow_frame_schema() {
    static const Schema schema = make_workflow_schema(Schema::array(Schema::any(), 1, limits::workflow_nodes));
    return schema;
}

}  // namespace lanekeeper::wire

#pragma once
#include "base/schema.hpp"

#include <string>
#include <vector>

namespace lanekeeper::wire {

// What replies and events are made of, for authors of clients: `proto/objects` publishes these, and tests hold what the
// daemon says to them. Members may be added to an object without notice, so clients pass over those that they do not know.

/// A schema with the name that it is published under.
struct NamedSchema {
    NamedSchema(std::string name_, std::string about_, Schema schema_)
        : name(std::move(name_)), about(std::move(about_)), schema(std::move(schema_)) {}
    std::string name;
    std::string about;  // one sentence
    Schema schema;
};

// Words that many of them share.
Schema id_schema();
Schema time_schema();                  // 2026-01-02T03:04:05.678Z
Schema text_schema();                  // of any length
Schema count_schema();                 // 0 and more
Schema nullable_id_schema();
Schema nullable_text_schema();
Schema nullable_time_schema();

Schema job_schema();       // what job_view writes
Schema submitted_job_schema();  // what submitted_job_view writes
Schema claimed_job_schema();    // the same for the worker that is to run it
Schema jobs_error_schema();     // every refusal of the routes of jobs-family.md
Schema session_schema();   // what session::summary writes
Schema project_schema();
Schema entry_schema();     // a row of a transcript, as it is read
Schema thread_schema();    // beside a session in replies
Schema lane_schema();
Schema error_schema();     // every refusal that is answered in JSON

// What waits for people: of a command, file change, permission or tool server; input for a tool; a call of a client's tool.
Schema approval_schema();
Schema tool_input_schema();
Schema tool_call_schema();

/// All of them, by name.
std::vector<NamedSchema> object_schemas();

}  // namespace lanekeeper::wire

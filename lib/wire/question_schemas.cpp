#include "wire/question_schemas.hpp"

namespace lanekeeper::wire {
namespace {

using Fields = std::vector<Schema::Field>;

/// What they share, with those of one kind.
Schema pending(const char* id, Fields more) {
    Fields fields{
        required(id, id_schema().described("ours, never used again")),
        required("method", text_schema().described("the runtime's name of the question")),
        required("threadId", id_schema()),
        required("turnId", nullable_id_schema()),
        required("itemId", nullable_id_schema()),
        required("summary", text_schema().described("one line for people")),
        required("details", Schema::open_object({}).described("what the runtime said of it")),
        required("createdAt", time_schema()),
        required("status", Schema::word({"pending"})),
    };
    for (auto& field : more) fields.push_back(std::move(field));
    return Schema::open_object(std::move(fields));
}

Schema settled(const char* id) {
    return Schema::open_object({
        required(id, id_schema()),
        required("threadId", id_schema()),
        required("turnId", nullable_id_schema()),
        required("status", Schema::word({"answered", "expired"}).described("expired: its turn, the runtime or the daemon ended")),
        required("decision", nullable_text_schema()),
    });
}

Schema asked() {
    auto option = Schema::open_object({required("label", text_schema()), optional_field("description", text_schema())});
    return Schema::open_object({
        required("id", id_schema().described("answers are given under it")),
        optional_field("header", text_schema()),
        optional_field("question", text_schema()),
        optional_field("options", Schema::array(option).nullable()),
        optional_field("isOther", Schema::boolean().described("other answers than the options are welcome")),
        optional_field("isSecret", Schema::boolean()),
    });
}

}  // namespace

Schema approval_schema() { return pending("approvalId", {}); }

Schema tool_input_schema() { return pending("requestId", {required("questions", Schema::array(asked()))}); }

Schema tool_call_schema() {
    return pending("requestId", {required("callId", id_schema()), required("tool", text_schema()),
                                 required("arguments", Schema::any().nullable())});
}

std::vector<NamedSchema> question_payloads() {
    return {
        {"approval", "A turn waits for a decision.", approval_schema()},
        {"approval_resolved", "A decision is not waited for any more.", settled("approvalId")},
        {"tool_user_input_requested", "A tool waits for answers.", tool_input_schema()},
        {"tool_user_input_resolved", "Answers are not waited for any more.", settled("requestId")},
        {"tool_call_requested", "A turn waits for the result of a client's tool.", tool_call_schema()},
        {"tool_call_resolved", "The result is not waited for any more.", settled("requestId")},
    };
}

}  // namespace lanekeeper::wire

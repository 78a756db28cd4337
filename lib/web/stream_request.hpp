#pragma once
#include "web/api.hpp"
#include "web/feed.hpp"
#include "web/input.hpp"

#include <array>

namespace lanekeeper::web {

/// What a stream is asked for with, over WebSocket or as Server-Sent Events.
struct StreamRequest {
    StreamRequest() = default;
    EventTopics topics;
    Cursor cursor;
};

inline constexpr std::array stream_query = {
    QueryParameter{"threadId", QueryParameter::Form::text, "the events of this chat, and the broadcasts; without it all chats'"}
        .from_to(1, limits::thread_id_chars),
    QueryParameter{"jobId", QueryParameter::Form::text, "the events of this job, and the broadcasts"}.from_to(1, limits::thread_id_chars),
    QueryParameter{"workflowId", QueryParameter::Form::text, "the events of this workflow's jobs, and the broadcasts"}
        .from_to(1, limits::thread_id_chars),
    QueryParameter{"since", QueryParameter::Form::number, "the last seq that was seen: what came after it is told first"},
    QueryParameter{"epoch", QueryParameter::Form::text, "the epoch that since is of; another than the daemon's gets resync"},
};

/// `threadId`, `jobId`, `workflowId` (whoever names several hears all of them), `since` and `epoch` of the query; a `Last-Event-ID` ("<epoch>:<seq>") wins over the last two.
Result<StreamRequest> read_stream_request(const ApiRequest& request);

/// What a client says on its socket (api.md 7, Client commands).
struct StreamCommand {
    StreamCommand() = default;
    enum class Kind { subscribe, unsubscribe, ping, worker, invalid } kind = Kind::invalid;
    std::vector<std::string> threads;
    Cursor cursor;
    json::object call;  // of a worker, as it came ("web/worker_call.hpp")
};

/// `invalid` for whatever is not exactly a command; members that we do not know are passed over.
StreamCommand read_stream_command(std::string_view text);

}  // namespace lanekeeper::web

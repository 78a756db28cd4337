#include "web/stream_request.hpp"

#include "base/json_read.hpp"
#include "base/limits.hpp"
#include "web/input.hpp"
#include "web/worker_call.hpp"

#include <fmt/format.h>

#include <charconv>

namespace lanekeeper::web {
namespace {

bool is_thread_id(std::string_view text) { return !text.empty() && text.size() <= limits::thread_id_chars; }

std::optional<std::int64_t> read_seq(std::string_view text) {
    std::int64_t seq = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || seq < 0) return {};
    return seq;
}

Result<Cursor> read_event_id(const std::string& id) {
    auto colon = id.rfind(':');
    auto seq = colon == std::string::npos ? std::nullopt : read_seq(std::string_view(id).substr(colon + 1));
    if (!seq) return invalid_input("invalid_value", {"headers", "last-event-id"}, "Last-Event-ID must be <epoch>:<seq>");
    Cursor cursor;
    cursor.since = seq;
    cursor.epoch = id.substr(0, colon);
    return cursor;
}

/// The optional members of `subscribe`; false when one of them is of another kind.
bool read_cursor(const json::object& object, Cursor& cursor) {
    auto* since = object.if_contains("since");
    if (since && !since->is_null()) {
        if (!since->is_int64() || since->as_int64() < 0) return false;
        cursor.since = since->as_int64();
    }
    auto* epoch = object.if_contains("epoch");
    if (epoch && !epoch->is_null()) {
        if (!epoch->is_string()) return false;
        cursor.epoch = std::string(epoch->as_string());
    }
    return true;
}

bool read_threads(const json::object& object, std::vector<std::string>& threads) {
    auto* one = object.if_contains("threadId");
    auto* many = object.if_contains("threadIds");
    if (!one == !many) return false;
    json::array list;
    if (one) list.push_back(*one);
    else if (many->is_array()) list = many->as_array();
    if (list.empty() || list.size() > limits::ws_threads) return false;
    for (const auto& id : list) {
        if (!id.is_string() || !is_thread_id(id.as_string())) return false;
        threads.emplace_back(id.as_string());
    }
    return true;
}

Result<std::optional<std::string>> read_topic(const ApiRequest& request, const QueryParameter& parameter) {
    auto id = read_text(request, parameter);
    if (!id || is_thread_id(*id)) return id;
    auto rule = fmt::format("{} must have 1 to {} characters", parameter.name, limits::thread_id_chars);
    return invalid_input("invalid_value", {"query", parameter.name}, rule);
}

}  // namespace

Result<StreamRequest> read_stream_request(const ApiRequest& request) {
    StreamRequest stream;
    auto thread = read_topic(request, stream_query[0]);
    auto job = read_topic(request, stream_query[1]);
    auto workflow = read_topic(request, stream_query[2]);
    for (const auto* topic : {&thread, &job, &workflow})
        if (!*topic) return topic->error();
    if (*thread) stream.topics.threads = std::vector<std::string>{**thread};
    if (*job) stream.topics.jobs.push_back(**job);
    if (*workflow) stream.topics.workflows.push_back(**workflow);
    auto since = read_number(request, stream_query[3]);
    if (!since) return since.error();
    stream.cursor.since = *since;
    stream.cursor.epoch = read_text(request, stream_query[4]);
    auto last = request.header("last-event-id");
    if (!last || last->empty()) return stream;
    auto cursor = read_event_id(*last);
    if (!cursor) return cursor.error();
    stream.cursor = std::move(*cursor);
    return stream;
}

StreamCommand read_stream_command(std::string_view text) {
    StreamCommand command;
    auto read = read_json(text);
    if (!read || !read->is_object()) return command;
    auto& object = read->as_object();
    auto* type = object.if_contains("type");
    if (!type || !type->is_string()) return command;
    if (type->as_string() == "ping") command.kind = StreamCommand::Kind::ping;
    if (type->as_string() == "unsubscribe") command.kind = StreamCommand::Kind::unsubscribe;
    if (type->as_string() == "subscribe" && read_threads(object, command.threads) && read_cursor(object, command.cursor))
        command.kind = StreamCommand::Kind::subscribe;
    if (is_worker_call(type->as_string())) {
        command.kind = StreamCommand::Kind::worker;
        command.call = std::move(object);
    }
    return command;
}

}  // namespace lanekeeper::web

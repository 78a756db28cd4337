// Ingest: the runtime's stream, one consumer.
#include "agents/ingest_state.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"

#include <boost/asio/post.hpp>

namespace lanekeeper {
namespace {

constexpr std::size_t run_max = 256;  // notices of one chat taken up at once

/// About what it takes in memory.
std::size_t bytes_of(const json::value& value) {
    std::size_t bytes = sizeof(json::value);
    if (const auto* text = value.if_string()) bytes += text->size();
    if (const auto* list = value.if_array())
        for (const auto& element : *list) bytes += bytes_of(element);
    if (const auto* object = value.if_object())
        for (const auto& member : *object) bytes += sizeof(json::key_value_pair) + member.key().size() + bytes_of(member.value());
    return bytes;
}

std::size_t bytes_of(const RuntimeNotice& notice) {
    std::size_t bytes = sizeof(StreamItem) + notice.method.size();
    for (const auto& member : notice.params) bytes += member.key().size() + bytes_of(member.value());
    return bytes;
}

}  // namespace

Ingest::State::State(asio::any_io_executor executor, Sessions& sessions, Queue& queue_, Metrics* metrics_,
                     IngestBounds bounds_)
    : core(sessions.core()), conversation(sessions.conversation()), queue(queue_), metrics(metrics_), bounds(bounds_),
      strand(asio::make_strand(executor)), nursery(strand, "ingest"), stream_alarm(core.time.alarm(strand)),
      sweep_alarm(core.time.alarm(strand)), patience_alarm(core.time.alarm(strand)),
      quiet_alarm(core.time.alarm(strand)) {}

// Without its end a turn would stay open: there is as much room again for ends alone.
bool Ingest::State::has_room(const RuntimeNotice& notice, bool is_end) const {
    auto limit = is_live_only(notice.method) ? bounds.live_waiting : bounds.kept_waiting;
    std::size_t share = is_end ? 2 : 1;
    return waiting.load() < limit * share && bytes_waiting.load() < bounds.bytes_waiting * share;
}

void Ingest::State::hear(const std::weak_ptr<State>& self, const RuntimeNotice& notice) {
    auto session_id = core.directory.by_runtime_thread(notice_thread(notice));
    if (!session_id) return;  // a thread of somebody else
    auto facts = read_notice(notice);
    if (facts.kind == NoticeFacts::Kind::turn_started) core.turns.started(*session_id, facts.turn_id);
    bool is_end = facts.kind == NoticeFacts::Kind::turn_completed;
    if (is_end && core.turns.ended(*session_id, facts.turn_id)) conversation.turn_ended(*session_id);
    if (!has_room(notice, is_end)) {
        if (dropped++ % 1000 == 0) log_error("runtime speaks faster than we write", {{"dropped", dropped.load()}});
        return;
    }
    StreamItem item;
    item.session_id = *session_id;
    item.bytes = bytes_of(notice);
    ++waiting;
    bytes_waiting += item.bytes;
    item.notice = notice;
    asio::post(strand, [self, item = std::move(item)]() mutable {
        if (auto state = self.lock()) state->push(std::move(item));
    });
}

void Ingest::State::push(StreamItem item) {
    if (stopped) {
        if (item.reached) item.reached->answer(true);
        return;
    }
    auto quiet_turn = quiet.find(item.session_id);
    if (quiet_turn != quiet.end()) quiet_turn->second.hear(core.time.mono());
    stream.push_back(std::move(item));
    stream_alarm->wake();
}

std::shared_ptr<NoticeRun> Ingest::State::next_run() {
    auto run = std::make_shared<NoticeRun>();
    run->session_id = stream.front().session_id;
    while (!stream.empty() && !stream.front().reached && stream.front().session_id == run->session_id &&
           run->notices.size() < run_max) {
        run->notices.push_back(std::move(stream.front().notice));
        run->bytes += stream.front().bytes;
        stream.pop_front();
        --waiting;
    }
    return run;
}

Task<void> Ingest::State::consume() {
    while (true) {
        if (stream.empty()) {
            if (stopping) co_return;
            co_await stream_alarm->wait();
            continue;
        }
        if (stream.front().reached) {
            stream.front().reached->answer(true);
            stream.pop_front();
            continue;
        }
        auto run = next_run();
        bool done = false;
        while (!done) done = co_await take_up_or_wait(run);
        bytes_waiting -= run->bytes;
        settle_turns(*run);
    }
}

/// Readers may now see these turns as ended.
void Ingest::State::settle_turns(const NoticeRun& run) {
    for (const auto& notice : run.notices) {
        if (notice.method != "turn/completed") continue;
        core.turns.settled(run.session_id, notice_turn(notice));
        conversation.turn_settled(run.session_id, notice_turn(notice));
        quiet_alarm->wake();
    }
}

/// False when the store is in trouble: the rest of the run waits.
Task<bool> Ingest::State::take_up_or_wait(std::shared_ptr<NoticeRun> run) {
    try {
        auto taken = co_await take_up(run);
        if (taken) co_return true;
        log_info("notices dropped", {{"sessionId", run->session_id}, {"reason", taken.error().code}});
        co_return true;
    } catch (const StorageUnavailable& e) {
        log_warn("notices wait for the store", {{"sessionId", run->session_id}, {"error", e.what()}});
    } catch (const std::exception& e) {
        log_error("notice failed", {{"sessionId", run->session_id}, {"error", e.what()}});
        ++run->done;
        co_return run->done >= run->notices.size();
    }
    if (stopping) co_return true;
    co_await patience_alarm->wait_until(core.time.mono() + limits::storage_probe);
    co_return false;
}

}  // namespace lanekeeper

// CodexRuntime: turns whose start was not answered in time. The server may do it all the same, and a second turn that is
// asked for meanwhile would join the first one without a word: so the thread is kept until it is known what came of it.
#include "base/log.hpp"
#include "runtime/codex/codex_runtime.hpp"
#include "runtime/codex/replies.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr Millis look_again{50};
constexpr int retry_after_ms = 1'000;

}  // namespace

RuntimeUnavailable CodexRuntime::not_known_yet(const std::string& method) const {
    return RuntimeUnavailable(method + ": codex has not said yet what came of the thread's last turn", retry_after_ms);
}

void CodexRuntime::may_come_late(const std::string& thread_id, std::int64_t call) {
    unwanted_[thread_id].call = call;
    if (!stopping_) nursery_.start("late turn", give_up_unwanted(thread_id, call));
}

/// Something is heard of this turn.
void CodexRuntime::note_late(const std::string& thread_id, const std::string& turn_id) {
    auto found = unwanted_.find(thread_id);
    bool first_news = found != unwanted_.end() && found->second.turn_id.empty() && !turn_id.empty();
    if (!first_news || turns_.has_ended(turn_id)) return;
    turns_.begin(thread_id, turn_id);
    came_late(thread_id, turn_id);
}

void CodexRuntime::came_late(const std::string& thread_id, const std::string& turn_id) {
    unwanted_[thread_id].turn_id = turn_id;
    late_.add(turn_id);
    log_info("late turn is interrupted", {{"threadId", thread_id}, {"turnId", turn_id}});
    auto answer = turns_.interrupt(thread_id, turn_id);
    if (answer == codex::LiveTurns::Interrupt::ask) insist(thread_id, turn_id);
    bool waits = answer == codex::LiveTurns::Interrupt::remembered && !stopping_;
    if (waits) nursery_.start("interrupt of a late turn", insist_unless_started(thread_id, turn_id));
}

void CodexRuntime::heard_late(std::int64_t call, const CallEnd& end) {
    auto asked = [call](const auto& entry) { return entry.second.call == call; };
    auto found = std::find_if(unwanted_.begin(), unwanted_.end(), asked);
    if (found == unwanted_.end()) return;
    auto thread_id = found->first;
    if (end.how != CallEnd::How::answered) return forget_unwanted(thread_id);
    auto turn_id = codex::turn_id_of(end.result);
    if (turn_id.empty()) return;  // a compaction: its turn has no name yet
    turns_.begin(thread_id, turn_id);
    if (!turns_.runs(thread_id, turn_id)) forget_unwanted(thread_id);
    else if (found->second.turn_id.empty()) came_late(thread_id, turn_id);
}

void CodexRuntime::unwanted_ended(const std::string& thread_id, const std::string& turn_id) {
    auto found = unwanted_.find(thread_id);
    if (found == unwanted_.end()) return;
    if (found->second.turn_id.empty() || found->second.turn_id == turn_id) forget_unwanted(thread_id);
}

/// One that completed has answered its message all the same.
Task<void> CodexRuntime::tell_late_turn(std::string thread_id, std::string turn_id) {
    bool told = co_await try_to_settle(thread_id, turn_id);
    if (!told) lost_.emplace(thread_id, turn_id);
}

void CodexRuntime::forget_unwanted(const std::string& thread_id) {
    if (unwanted_.erase(thread_id) > 0) turns_.release(thread_id);
}

Task<void> CodexRuntime::give_up_unwanted(std::string thread_id, std::int64_t call) {
    auto deadline = time_.mono() + unwanted_within_;
    while (!stopping_ && time_.mono() < deadline) {
        auto found = unwanted_.find(thread_id);
        if (found == unwanted_.end() || found->second.call != call) co_return;
        co_await pause_for(time_, look_again);
    }
    auto found = unwanted_.find(thread_id);
    if (found != unwanted_.end() && found->second.call == call) forget_unwanted(thread_id);
}

}  // namespace lanekeeper

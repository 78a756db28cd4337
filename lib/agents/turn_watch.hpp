#pragma once
#include "agents/turn_signal.hpp"
#include "async/task.hpp"
#include "base/settings.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace lanekeeper {

/// The times of runtime.md 4.
struct SettleRules {
    SettleRules() = default;
    explicit SettleRules(const AgentSettings& settings)
        : poll_interval(settings.poll_interval), include_turns_grace(settings.include_turns_grace),
          untrusted_terminal_grace(settings.untrusted_terminal_grace), empty_turn_grace(settings.empty_turn_grace),
          turn_timeout(settings.turn_timeout) {}
    Millis poll_interval{350};
    Millis include_turns_grace{3'000};
    Millis untrusted_terminal_grace{3'000};
    Millis empty_turn_grace{8'000};
    Millis turn_timeout{180'000};
    std::optional<Millis> answer_within;  // from the start of the turn; then its caller goes on without it
    /// Asked now and then while the turn runs: true once what it is for has come about elsewhere. Then it has `enough_grace`
    /// to end by itself.
    std::function<Task<bool>()> enough;
    Millis enough_grace{1'000};
    Millis enough_interval{100};
};

/// How a turn ended, or how far it had come.
struct TurnEnd {
    TurnEnd() = default;
    TurnStatus status = TurnStatus::in_progress;
    std::string text;    // the last message of the agent
    std::string source;  // who made it, if it says so
    std::string error;
    bool quota = false;
    std::optional<TokenCount> tokens;  // where the runtime counts them
};

/// What to do about a turn now.
struct TurnVerdict {
    enum class What {
        wait,         // until `until`, or until something is heard
        read,         // ask the runtime how it stands
        settled,      // `end` is how it ended
        give_up,      // fail the attempt, retryable, for `reason`; the turn is to be interrupted
        out_of_time,  // `answer_within` has passed; `end` holds what there is
    };
    TurnVerdict() = default;
    explicit TurnVerdict(What what_) : what(what_) {}
    What what = What::wait;
    MonoTime until{};
    TurnEnd end;
    std::string reason;  // a reason word first
    bool nobody_can_tell = false;  // give_up: the runtime died and did not come back to tell
};

/// The settlement of one turn: notices first, reading second (runtime.md 4). Pure: it is told what was heard and read,
/// and at what time, and says what to do. Only what concerns its own turn counts as progress.
class TurnWatch {
public:
    TurnWatch(std::string turn_id, SettleRules rules, MonoTime started);

    void heard(const TurnSignal& signal, MonoTime now);
    /// What a read said; nothing: the runtime does not know the turn (yet, or any more).
    void read(const std::optional<TurnView>& view, MonoTime now);
    /// A read found nobody: the runtime died.
    void nobody_there(MonoTime now);

    /// Its caller goes on without it from then on.
    void hurry(MonoTime by) {
        auto left = std::chrono::duration_cast<Millis>(by - started_);
        rules_.answer_within = std::min(rules_.answer_within.value_or(left), left);
    }

    TurnVerdict verdict(MonoTime now) const;

private:
    void progress(MonoTime now) { last_progress_ = now; }
    void note_usage(const TurnSignal& signal);
    void note_item(const TurnSignal& signal, MonoTime now);
    std::optional<TurnVerdict> end_of_turn(MonoTime now) const;
    std::optional<TurnVerdict> overdue(MonoTime now) const;
    TurnVerdict give_up(std::string reason) const;
    MonoTime next_read() const;
    MonoTime next_deadline() const;
    bool has_items() const { return !items_.empty() || !end_.text.empty() || items_read_ > 1; }

    std::string turn_id_;
    SettleRules rules_;
    MonoTime started_;
    MonoTime last_progress_;
    MonoTime last_asked_;                      // heard of, or read
    std::set<std::string> items_;              // of the agent
    std::size_t items_read_ = 0;
    TurnEnd end_;                              // status other than inProgress: heard, so it is final
    std::optional<TokenCount> used_before_;    // by the thread's earlier turns
    bool read_after_end_ = false;
    std::string trouble_;                      // what the runtime said last of why it goes on trying
    bool died_ = false;                        // the runtime was gone, and has not answered since
    bool back_ = false;                        // it was gone, and has answered since
    bool unknown_after_death_ = false;
    std::optional<TurnView> terminal_read_;    // a read that says ended while no notice did
    MonoTime terminal_read_at_{};
    std::optional<MonoTime> unreadable_since_;
};

}  // namespace lanekeeper

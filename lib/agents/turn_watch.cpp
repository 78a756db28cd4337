#include "agents/turn_watch.hpp"

#include "agents/quota.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

using What = TurnVerdict::What;

constexpr std::size_t trouble_chars = 300;

TurnVerdict with_end(What what, TurnEnd end) {
    TurnVerdict verdict(what);
    verdict.end = std::move(end);
    return verdict;
}

}  // namespace

TurnWatch::TurnWatch(std::string turn_id, SettleRules rules, MonoTime started)
    : turn_id_(std::move(turn_id)), rules_(rules), started_(started), last_progress_(started), last_asked_(started) {}

void TurnWatch::heard(const TurnSignal& signal, MonoTime now) {
    if (signal.turn_id != turn_id_) return;
    bool counts_late = signal.kind == TurnSignal::Kind::item || signal.kind == TurnSignal::Kind::usage;
    if (end_.status != TurnStatus::in_progress && !counts_late) return;
    last_asked_ = now;
    unreadable_since_.reset();
    switch (signal.kind) {
        case TurnSignal::Kind::started:
        case TurnSignal::Kind::delta: progress(now); break;
        case TurnSignal::Kind::item: note_item(signal, now); break;
        case TurnSignal::Kind::usage: note_usage(signal); break;
        case TurnSignal::Kind::trouble: trouble_ = first_chars(signal.error, trouble_chars); break;
        case TurnSignal::Kind::ended:
            end_.status = signal.status;
            end_.error = signal.error;
            end_.quota = signal.quota;
            if (!signal.text.empty()) {
                end_.text = signal.text;
                end_.source = signal.source;
            }
            break;
    }
}

// A turn may call its model several times: what the thread had used before its first call is not this turn's.
void TurnWatch::note_usage(const TurnSignal& signal) {
    const auto& total = signal.thread_total;
    const auto& last = signal.last_call;
    if (!used_before_) used_before_ = TokenCount(total.input - last.input, total.output - last.output);
    end_.tokens = TokenCount(total.input - used_before_->input, total.output - used_before_->output);
}

void TurnWatch::note_item(const TurnSignal& signal, MonoTime now) {
    if (signal.made_by_agent) items_.insert(signal.item_id);
    progress(now);
    if (signal.text.empty()) return;
    end_.text = signal.text;
    end_.source = signal.source;
}

void TurnWatch::read(const std::optional<TurnView>& view, MonoTime now) {
    last_asked_ = now;
    back_ = back_ || died_;
    died_ = false;
    if (end_.status != TurnStatus::in_progress) {
        read_after_end_ = true;
        if (view && end_.text.empty()) end_.text = view->text;
        return;
    }
    if (!view) {
        if (!unreadable_since_) unreadable_since_ = now;
        unknown_after_death_ = back_;
        return;
    }
    unreadable_since_.reset();
    if (view->items > items_read_) progress(now);
    items_read_ = std::max(items_read_, view->items);
    if (view->status == TurnStatus::in_progress) {
        terminal_read_.reset();
    } else if (!terminal_read_) {
        terminal_read_ = view;
        terminal_read_at_ = now;
    }
}

void TurnWatch::nobody_there(MonoTime now) {
    last_asked_ = now;
    died_ = true;
    if (end_.status != TurnStatus::in_progress) read_after_end_ = true;
}

TurnVerdict TurnWatch::give_up(std::string reason) const {
    TurnVerdict verdict(What::give_up);
    verdict.reason = std::move(reason);
    if (!trouble_.empty()) verdict.reason += "; the runtime says: " + trouble_;
    verdict.nobody_can_tell = died_;
    return verdict;
}

TurnVerdict TurnWatch::verdict(MonoTime now) const {
    if (auto ended = end_of_turn(now)) return *ended;
    if (auto late = overdue(now)) return *late;
    if (now >= next_read()) return TurnVerdict(What::read);
    TurnVerdict verdict(What::wait);
    verdict.until = std::min(next_read(), next_deadline());
    return verdict;
}

std::optional<TurnVerdict> TurnWatch::end_of_turn(MonoTime now) const {
    if (end_.status != TurnStatus::in_progress) {
        bool complete = end_.status != TurnStatus::completed || !end_.text.empty() || read_after_end_;
        return complete ? with_end(What::settled, end_) : TurnVerdict(What::read);
    }
    if (unknown_after_death_) return give_up("runtime_died: the runtime lost the turn");
    if (!terminal_read_) return {};
    // After a restart nobody will tell us any more; before it, the notice may be on its way.
    bool trusted = back_ || now >= std::max(terminal_read_at_, last_progress_) + rules_.untrusted_terminal_grace;
    if (!trusted) return {};
    TurnEnd end = end_;
    end.status = terminal_read_->status;
    end.error = terminal_read_->error;
    end.quota = speaks_of_quota(end.error);
    if (!terminal_read_->text.empty()) end.text = terminal_read_->text;
    return with_end(What::settled, std::move(end));
}

std::optional<TurnVerdict> TurnWatch::overdue(MonoTime now) const {
    if (rules_.answer_within && now >= started_ + *rules_.answer_within) return with_end(What::out_of_time, end_);
    if (now >= started_ + rules_.turn_timeout) return give_up("turn_timeout: the turn did not end in time");
    if (died_ || terminal_read_) return {};
    if (unreadable_since_ && now >= *unreadable_since_ + rules_.include_turns_grace)
        return give_up("turn_unreadable: the runtime does not know the turn");
    if (!has_items() && now >= started_ + rules_.empty_turn_grace)
        return give_up("turn_stalled: made no item progress");
    return {};
}

MonoTime TurnWatch::next_read() const { return last_asked_ + rules_.poll_interval; }

MonoTime TurnWatch::next_deadline() const {
    auto deadline = started_ + rules_.turn_timeout;
    if (rules_.answer_within) deadline = std::min(deadline, started_ + *rules_.answer_within);
    if (terminal_read_)
        return std::min(deadline, std::max(terminal_read_at_, last_progress_) + rules_.untrusted_terminal_grace);
    if (died_) return deadline;
    if (unreadable_since_) deadline = std::min(deadline, *unreadable_since_ + rules_.include_turns_grace);
    if (!has_items()) deadline = std::min(deadline, started_ + rules_.empty_turn_grace);
    return deadline;
}

}  // namespace lanekeeper

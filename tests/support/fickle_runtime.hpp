#pragma once
#include "async/time_source.hpp"
#include "runtime/runtime.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace lanekeeper::testing {

/// A runtime that fails when the test says so, as one in a process of its own does; everything else is the one behind it.
class FickleRuntime final : public Runtime {
public:
    FickleRuntime(Runtime& inner, TimeSource& time) : inner_(inner), time_(time) {}

    /// Nobody is there until this is called with false; turns under way are not touched.
    void be_down(bool down) { down_ = down; }
    /// The next start or steer is done, and its caller told that the runtime died. `unheard`: from there on nothing is said
    /// of turns, until `speak`.
    void die_over_next(bool unheard = false) {
        die_over_next_ = true;
        unheard_ = unheard;
    }
    void speak() { mute_ = false; }
    /// The next start is refused with this word.
    void refuse_next(std::string code) { refuse_next_ = std::move(code); }
    /// Nothing more is said of turns, until `speak`.
    void fall_silent() { mute_ = true; }
    /// Something that it says by itself, whatever it says of turns.
    void say(const RuntimeNotice& notice) const {
        for (const auto& listener : listeners_) listener(notice);
    }
    std::map<std::string, TurnView> views;                       // what it says of turns that are not its own
    std::map<std::string, std::vector<json::object>> histories;  // and of what ended in them
    bool has_no_histories = false;                               // whoever asks is refused
    /// It knows no more of messages that it was given.
    void forget_messages() { messages_.clear(); }
    std::optional<Millis> refuse_steers_after;  // as a turn does that takes nothing more
    Millis delete_takes{0};
    int fail_lookups = 0;  // so many of the next find nobody
    std::optional<std::string> refuse_resumes;  // with this word
    int lookups = 0, reads = 0, histories_read = 0, threads = 0;  // threads: made here, not deleted since
    std::vector<std::string> starts;  // texts

    std::string name() const override { return inner_.name(); }
    json::object describe() const override { return inner_.describe(); }
    std::map<std::string, std::string> capabilities() const override { return inner_.capabilities(); }
    bool available() const override { return !down_ && inner_.available(); }
    void add_listener(NoticeListener listener) override {
        listeners_.push_back(listener);
        inner_.add_listener([this, listener = std::move(listener)](const RuntimeNotice& notice) {
            if (!mute_) listener(notice);
        });
    }
    Task<void> start() override { return inner_.start(); }
    Task<void> stop() override { return inner_.stop(); }

    Task<std::string> start_thread(ThreadOptions options) override {
        ++threads;
        return inner_.start_thread(std::move(options));
    }
    Task<void> resume_thread(std::string thread) override {
        if (refuse_resumes) throw RuntimeRefusal(*refuse_resumes, "not now");
        co_await inner_.resume_thread(std::move(thread));
    }
    Task<std::string> fork_thread(std::string thread) override {
        ++threads;
        return inner_.fork_thread(std::move(thread));
    }
    Task<void> archive_thread(std::string thread) override { return inner_.archive_thread(std::move(thread)); }
    Task<void> unarchive_thread(std::string thread) override { return inner_.unarchive_thread(std::move(thread)); }
    Task<void> delete_thread(std::string thread) override {
        co_await pause_for(time_, delete_takes);
        --threads;
        co_await inner_.delete_thread(std::move(thread));
    }
    Task<void> rename_thread(std::string thread, std::string title) override {
        return inner_.rename_thread(std::move(thread), std::move(title));
    }
    Task<void> revert_thread(std::string thread, int turns) override { return inner_.revert_thread(std::move(thread), turns); }
    Task<void> compact_thread(std::string thread) override { return inner_.compact_thread(std::move(thread)); }

    Task<std::string> start_turn(TurnRequest request) override {
        require_there();
        auto refusal = std::exchange(refuse_next_, {});
        if (refusal) throw RuntimeRefusal(*refusal, "not now");
        starts.push_back(request.text);
        mute_ = mute_ || (die_over_next_ && unheard_);
        Message message{request.thread_id, "", request.client_message_id, request.text};
        message.turn = co_await inner_.start_turn(std::move(request));
        auto turn = message.turn;
        messages_.push_back(std::move(message));
        die_if_asked();
        co_return turn;
    }
    Task<void> steer_turn(std::string thread, std::string turn, std::string text, std::string message) override {
        require_there();
        if (refuse_steers_after) co_await pause_for(time_, *refuse_steers_after);
        if (refuse_steers_after) throw RuntimeRefusal("invalid_state", "the turn takes nothing more");
        messages_.push_back(Message{thread, turn, message, text});
        co_await inner_.steer_turn(std::move(thread), std::move(turn), std::move(text), std::move(message));
        die_if_asked();
    }
    Task<void> interrupt_turn(std::string thread, std::string turn) override {
        return inner_.interrupt_turn(std::move(thread), std::move(turn));
    }
    Task<std::optional<TurnView>> read_turn(std::string thread, std::string turn) override {
        ++reads;
        auto known = views.find(turn);
        if (known != views.end()) co_return known->second;
        co_return co_await inner_.read_turn(std::move(thread), std::move(turn));
    }
    Task<std::optional<TurnView>> turn_of_message(std::string, std::string message) override {
        require_there();
        ++lookups;
        if (fail_lookups > 0 && fail_lookups--) throw RuntimeUnavailable("it died while it was asked");
        for (auto known : messages_)
            if (known.id == message) co_return co_await inner_.read_turn(known.thread, known.turn);
        co_return std::nullopt;
    }
    Task<std::vector<json::object>> turn_items(std::string, std::string turn) override {
        ++histories_read;
        if (has_no_histories) throw RuntimeRefusal("runtime_error", "it is not to be read");
        auto history = histories.find(turn);
        if (history != histories.end()) co_return history->second;
        std::vector<json::object> items;
        for (const auto& known : messages_)
            if (known.turn == turn)
                items.push_back({{"id", known.id + "-item"}, {"type", "userMessage"}, {"clientId", known.id}, {"text", known.text}});
        co_return items;
    }
    Task<json::value> call(std::string method, json::object params) override {
        return inner_.call(std::move(method), std::move(params));
    }

private:
    struct Message {
        std::string thread, turn, id, text;
    };

    void require_there() const {
        if (down_) throw RuntimeUnavailable("it is down");
    }
    void die_if_asked() {
        if (std::exchange(die_over_next_, false)) throw RuntimeUnavailable("it died");
    }

    Runtime& inner_;
    TimeSource& time_;
    bool down_ = false, die_over_next_ = false, mute_ = false, unheard_ = false;
    std::optional<std::string> refuse_next_;
    std::vector<Message> messages_;
    std::vector<NoticeListener> listeners_;
};

}  // namespace lanekeeper::testing

#pragma once
// Messages of a chat whose turn goes on.
#include "agents/conversation.hpp"
#include "support/house.hpp"

namespace lanekeeper::testing {

inline constexpr std::string_view waiting = "message.waiting";
inline constexpr std::string_view sent = "message.sent";

/// A chat in the middle of a turn that takes so long.
inline std::string busy_chat(House& house, const std::string& pause = "5s") {
    auto chat = house.chat();
    house.say(chat, "/pause " + pause + " first");
    house.pass(std::chrono::milliseconds{10});
    return chat;
}

/// Keeps what is known of a message when it is accepted, as an answer under a key would be.
inline KeepAnswer<SentMessage> keeper() {
    return [](const SentMessage& sent) {
        json::object body{{"messageId", sent.message_id}, {"turnId", sent.turn_id}};
        return RecordPut("answer", "", "k", std::move(body), RecordPut::Mode::insert);
    };
}

inline NewMessage kept_message(std::string text, WhenBusy when_busy = WhenBusy::reject) {
    NewMessage message;
    message.text = std::move(text);
    message.when_busy = when_busy;
    message.keep = keeper();
    return message;
}

}  // namespace lanekeeper::testing

#include "agents/chat_messages.hpp"

#include "base/limits.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

transcript::Entry entry(transcript::Role role, std::string text) {
    transcript::Entry entry;
    entry.role = role;
    entry.content = std::move(text);
    return entry;
}

}  // namespace

TEST_CASE("the fallback suggestion is the trimmed draft, when there is one") {
    std::vector<ChatMessage> chat{{"user", "hello"}};
    CHECK(fallback_suggestion(chat, "  please go on \n") == "please go on");
    CHECK(fallback_suggestion(chat, " \n ") != "");
}

TEST_CASE("the fallback suggestion quotes the last user message, else the last answer, else asks for a next step") {
    std::vector<ChatMessage> chat{{"user", "fix\n\nthe  parser"}, {"assistant", "done"}};
    auto text = fallback_suggestion(chat, "");
    CHECK(text.find("“fix the parser”") != std::string::npos);
    chat.erase(chat.begin());
    CHECK(fallback_suggestion(chat, "").find("“done”") != std::string::npos);
    CHECK(fallback_suggestion({}, "").find("next concrete step") != std::string::npos);
}

TEST_CASE("a quote in the fallback suggestion is short, and cut between characters") {
    std::string umlauts;
    for (int i = 0; i < 1000; ++i) umlauts += "ä";
    auto user = fallback_suggestion({{"user", umlauts}}, "");
    auto quote = user.substr(user.find("“") + 3, user.find("”") - user.find("“") - 3);
    CHECK(first_chars(quote, limits::quote_user_chars).size() == quote.size());
    CHECK(quote.ends_with("ä…"));
    auto reply = fallback_suggestion({{"assistant", umlauts}}, "");
    quote = reply.substr(reply.find("“") + 3, reply.find("”") - reply.find("“") - 3);
    CHECK(first_chars(quote, limits::quote_reply_chars).size() == quote.size());
}

TEST_CASE("the last messages of a transcript are those of user and assistant, oldest first, bounded") {
    std::vector<transcript::Entry> entries;
    for (int i = 0; i < 100; ++i) {
        entries.push_back(entry(transcript::Role::user, "question " + std::to_string(i)));
        entries.push_back(entry(transcript::Role::system, "not said"));
        entries.push_back(entry(transcript::Role::assistant, " "));
    }
    entries.push_back(entry(transcript::Role::assistant, std::string(10'000, 'x') + "end"));
    auto messages = last_messages(entries);
    REQUIRE(messages.size() == 40);
    CHECK(messages.front().text == "question 61");
    CHECK(messages.back().role == "assistant");
    CHECK(messages.back().text.size() == 4000);
    CHECK(messages.back().text.ends_with("end"));
}

TEST_CASE("characters are counted, not bytes") {
    CHECK(first_chars("äöü", 2) == "äö");
    CHECK(last_chars("äöü", 2) == "öü");
    CHECK(first_chars("ab", 5) == "ab");
    CHECK(last_chars("ab", 5) == "ab");
    CHECK(last_chars("ab", 0).empty());
}

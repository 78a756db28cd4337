#pragma once
#include "agents/question.hpp"
#include "agents/sessions.hpp"
#include "async/nursery.hpp"
#include "async/on_strand.hpp"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lanekeeper {

/// What a runtime asks of people, from the asking to the answer (api.md 4): approvals, tool input, tool calls. A question
/// of a user's chat waits here under an id of ours; one of a hidden session is declined by the runtime at once. It is
/// settled once: by an answer, or without one when its turn or the runtime ends. Both are told as events. None outlives the
/// process, as the turns that ask do not: those that waited when it died the next one says to be expired. Calls come from any
/// executor and resume there.
class Questions {
public:
    static constexpr std::size_t settled_remembered = 1000;  // ids that are answered with "reconciled"; older: not found

    /// Construct before `runtime.start()`: it listens from construction on.
    Questions(asio::any_io_executor executor, Sessions& sessions);
    Questions(const Questions&) = delete;
    Questions& operator=(const Questions&) = delete;

    /// Before the runtime starts: tells of those that an earlier process left.
    Task<void> start();
    /// Waits for what is being told.
    Task<void> stop();

    /// Those of a chat that wait, oldest first, as clients see them.
    Task<json::array> waiting(std::string session_id, QuestionKind kind);

    /// The one of this id, of whichever chat and kind, while it waits.
    Task<std::optional<Question>> find(std::string id);

    /// Gives an answer to the runtime; the body satisfies the schema of its kind. → the question.
    /// not_found {<id>} for an id that is not known; reconciled {<id>, threadId} for a question that is settled.
    Task<Result<Question>> answer(std::string id, QuestionKind kind, json::object body);

private:
    bool asked(const RuntimeQuestion& asked);  // any thread
    void wait_for_people(Question question);
    void expire(const std::string& key);
    Task<Result<Question>> answer_here(std::string id, QuestionKind kind, json::object body);
    Problem nobody_waits(const std::string& id, QuestionKind kind) const;
    void remember_settled(const Question& question);
    void tell_settled(const Question& question, std::string_view status, const json::value& decision);
    void tell(Effects news);
    Task<void> commit_news(Effects news);
    Task<void> expire_left();

    Strand strand_;
    SessionCore& core_;
    Nursery nursery_;
    std::map<std::string, Question> waiting_;              // by id, which rises
    std::map<std::string, std::string> settled_;           // id → chat
    std::deque<std::string> settled_order_;
    std::shared_ptr<bool> life_ = std::make_shared<bool>();  // what was posted asks whether we are still there
};

}  // namespace lanekeeper

#include "runtime/runtime.hpp"

namespace lanekeeper {

std::string_view to_word(TurnStatus status) {
    switch (status) {
        case TurnStatus::in_progress: return "inProgress";
        case TurnStatus::completed: return "completed";
        case TurnStatus::interrupted: return "interrupted";
        case TurnStatus::failed: return "failed";
    }
    return "";
}

Task<void> Runtime::unload_thread(std::string) { co_return; }

Task<std::optional<TurnView>> Runtime::turn_of_message(std::string, std::string) { co_return std::nullopt; }

Task<std::vector<json::object>> Runtime::turn_items(std::string, std::string) { co_return std::vector<json::object>(); }

Task<void> Runtime::answer_question(std::string, json::value) {
    throw RuntimeRefusal("invalid_state", "this runtime asks nothing");
    co_return;
}

}  // namespace lanekeeper

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

}  // namespace lanekeeper

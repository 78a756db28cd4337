#pragma once
#include "runtime/runtime.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace lanekeeper {

/// The notices of a runtime, kept in order.
struct NoticeLog {
    explicit NoticeLog(Runtime& runtime) {
        runtime.add_listener([this](const RuntimeNotice& notice) { notices.push_back(notice); });
    }
    std::vector<RuntimeNotice> notices;

    std::vector<std::string> methods() const {
        std::vector<std::string> names;
        for (const auto& notice : notices) names.push_back(notice.method);
        return names;
    }
    std::size_t count(const std::string& method) const {
        auto names = methods();
        return std::size_t(std::count(names.begin(), names.end(), method));
    }
    const json::object& last(const std::string& method) const {
        auto found = std::find_if(notices.rbegin(), notices.rend(), [&](const auto& n) { return n.method == method; });
        return found->params;
    }
    /// The texts of completed items of a type, in order.
    std::vector<std::string> texts(const std::string& type) const {
        std::vector<std::string> texts;
        for (const auto& notice : notices)
            if (notice.method == "item/completed" && notice.params.at("item").at("type").as_string() == type)
                texts.emplace_back(notice.params.at("item").at("text").as_string());
        return texts;
    }
};

inline TurnRequest turn_request(std::string thread_id, std::string text) {
    TurnRequest request;
    request.thread_id = std::move(thread_id);
    request.text = std::move(text);
    return request;
}

}  // namespace lanekeeper

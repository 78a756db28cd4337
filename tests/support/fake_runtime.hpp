#pragma once
#include "runtime/runtime.hpp"

#include <functional>
#include <utility>
#include <vector>

namespace lanekeeper::testing {

/// A runtime that only notes which turns it was asked to interrupt, and does with that what the test says.
class FakeRuntime final : public Runtime {
public:
    using Turn = std::pair<std::string, std::string>;
    std::vector<Turn> interrupts;
    std::function<void(const Turn&)> on_interrupt;  // may throw
    std::function<bool()> is_there;                 // always, without it

    std::string name() const override { return "fake"; }
    json::object describe() const override { return {}; }
    std::map<std::string, std::string> capabilities() const override { return {}; }
    bool available() const override { return !is_there || is_there(); }
    void add_listener(NoticeListener) override {}
    Task<void> start() override { co_return; }
    Task<void> stop() override { co_return; }
    Task<std::string> start_thread(ThreadOptions) override { return no<std::string>(); }
    Task<void> resume_thread(std::string) override { return no<void>(); }
    Task<std::string> fork_thread(std::string) override { return no<std::string>(); }
    Task<void> archive_thread(std::string) override { return no<void>(); }
    Task<void> unarchive_thread(std::string) override { return no<void>(); }
    Task<void> delete_thread(std::string) override { return no<void>(); }
    Task<void> rename_thread(std::string, std::string) override { return no<void>(); }
    Task<void> revert_thread(std::string, int) override { return no<void>(); }
    Task<void> compact_thread(std::string) override { return no<void>(); }
    Task<std::string> start_turn(TurnRequest) override { return no<std::string>(); }
    Task<void> steer_turn(std::string, std::string, std::string, std::string) override { return no<void>(); }
    Task<void> interrupt_turn(std::string thread_id, std::string turn_id) override {
        interrupts.emplace_back(std::move(thread_id), std::move(turn_id));
        if (on_interrupt) on_interrupt(interrupts.back());
        co_return;
    }
    Task<std::optional<TurnView>> read_turn(std::string, std::string) override { return no<std::optional<TurnView>>(); }
    Task<json::value> call(std::string, json::object) override { return no<json::value>(); }

private:
    template <class T>
    static Task<T> no() {
        throw RuntimeRefusal("method_not_supported", "the fake runtime only interrupts");
    }
};

}  // namespace lanekeeper::testing

#include "agents/key_lock.hpp"

namespace lanekeeper {

KeyLock::KeyLock() : table_(std::make_shared<Table>()) {}

KeyLock::Guard::~Guard() {
    if (table_) table_->leave(key_);
}

void KeyLock::Table::enter(const std::string& key, const Turn& turn) {
    bool free = false;
    {
        std::lock_guard lock(mutex);
        auto [line, fresh] = lines.try_emplace(key);
        free = fresh;
        if (!fresh) line->second.push_back(turn);
    }
    if (free) turn->answer(true);
}

void KeyLock::Table::leave(const std::string& key) {
    Turn next;
    {
        std::lock_guard lock(mutex);
        auto line = lines.find(key);
        if (line == lines.end()) return;
        if (line->second.empty()) {
            lines.erase(line);
            return;
        }
        next = std::move(line->second.front());
        line->second.pop_front();
    }
    next->answer(true);
}

Task<KeyLock::Guard> KeyLock::acquire(std::string key) {
    auto turn = std::make_shared<Reply<bool>>();
    std::function<void()> enter = [table = table_, key, turn] { table->enter(key, turn); };
    auto wait = await_reply(turn, std::move(enter));
    co_await std::move(wait);
    co_return Guard(table_, std::move(key));
}

}  // namespace lanekeeper

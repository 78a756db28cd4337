#pragma once
#include <mutex>
#include <utility>

namespace lanekeeper::codex {

/// A small value that one strand changes and any thread may look at. The lock covers the copy alone.
template <class T>
class Snapshot {
public:
    T get() const {
        std::lock_guard lock(mutex_);
        return value_;
    }
    /// `edit` gets a reference; it neither waits nor calls back.
    template <class Edit>
    void change(Edit edit) {
        std::lock_guard lock(mutex_);
        edit(value_);
    }

private:
    mutable std::mutex mutex_;
    T value_{};
};

}  // namespace lanekeeper::codex

#pragma once
#include <cstddef>
#include <map>
#include <string>

namespace lanekeeper::web {

/// Counts connections against their limits (config.md): in all, and from one address unless that is this machine.
class AddressBook {
public:
    AddressBook(std::size_t most, std::size_t most_per_address) : most_(most), most_per_address_(most_per_address) {}

    /// False when a limit is reached; then nothing is counted.
    bool enter(const std::string& address, bool loopback);
    void leave(const std::string& address);
    std::size_t size() const { return size_; }

private:
    const std::size_t most_;
    const std::size_t most_per_address_;
    std::size_t size_ = 0;
    std::map<std::string, std::size_t> of_;
};

}  // namespace lanekeeper::web

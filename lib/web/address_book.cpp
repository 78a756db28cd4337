#include "web/address_book.hpp"

namespace lanekeeper::web {

bool AddressBook::enter(const std::string& address, bool loopback) {
    auto found = of_.find(address);
    auto here = found == of_.end() ? 0 : found->second;
    if (size_ >= most_ || (!loopback && here >= most_per_address_)) return false;
    ++size_;
    ++of_[address];
    return true;
}

void AddressBook::leave(const std::string& address) {
    auto found = of_.find(address);
    if (found == of_.end()) return;
    --size_;
    if (--found->second == 0) of_.erase(found);
}

}  // namespace lanekeeper::web

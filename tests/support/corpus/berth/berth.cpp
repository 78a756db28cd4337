#include "berth/berth.hpp"

#include <algorithm>
#include <stdexcept>

namespace harbour {

BerthPlan::BerthPlan(std::vector<Berth> berths) : berths_(std::move(berths)), ships_(berths_.size()) {}

std::optional<std::size_t> BerthPlan::find_free(double length) const {
    for (std::size_t i = 0; i < berths_.size(); ++i) {
        if (!berths_[i].occupied && berths_[i].length >= length) {
            return i;
        }
    }
    return std::nullopt;
}

bool BerthPlan::occupy(std::size_t index, const std::string& ship) {
    if (index >= berths_.size() || berths_[index].occupied) {
        return false;
    }
    berths_[index].occupied = true;
    ships_[index] = ship;
    return true;
}

void BerthPlan::release(std::size_t index) {
    if (index >= berths_.size()) {
        throw std::out_of_range("no such berth");
    }
    berths_[index].occupied = false;
    ships_[index].clear();
}

double BerthPlan::free_length() const {
    double total = 0;
    for (const Berth& berth : berths_) {
        if (!berth.occupied) {
            total += berth.length;
        }
    }
    return total;
}

}  // namespace harbour

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace harbour {

/// A place at the quay. Lengths are metres.
struct Berth {
    std::string name;
    double length = 0;
    bool occupied = false;
};

class BerthPlan {
public:
    explicit BerthPlan(std::vector<Berth> berths);

    std::optional<std::size_t> find_free(double length) const;
    bool occupy(std::size_t index, const std::string& ship);
    void release(std::size_t index);
    double free_length() const;

private:
    std::vector<Berth> berths_;
    std::vector<std::string> ships_;
};

}  // namespace harbour

#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lanekeeper {

/// Observations counted in buckets with fixed upper bounds, and what is above the last: of one size, however many there
/// were.
class Histogram {
public:
    /// `bounds` rise and outlive it.
    explicit Histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}

    /// NaN is nothing.
    void observe(double value) {
        if (std::isnan(value)) return;
        auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
        ++counts_[std::size_t(bucket)];
        ++count_;
        sum_ += value;
    }

    std::span<const double> bounds() const { return bounds_; }
    /// In the bucket of that index alone; the last is above all bounds.
    std::uint64_t in_bucket(std::size_t index) const { return counts_[index]; }
    std::uint64_t count() const { return count_; }
    double sum() const { return sum_; }

private:
    std::span<const double> bounds_;
    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

}  // namespace lanekeeper

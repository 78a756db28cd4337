#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The Prometheus text format, version 0.0.4, as far as this program needs it: counters, gauges and histograms. A
/// hundred lines of our own are simpler than a library here: names are fixed, and the text is made when somebody asks.
namespace lanekeeper::exposition {

inline constexpr const char* content_type = "text/plain; version=0.0.4; charset=utf-8";

/// `name="value"`, the value escaped. Several are joined with commas.
std::string label(std::string_view name, std::string_view value);

/// The lines that open a family. `type`: counter, gauge or histogram.
void open_family(std::string& out, std::string_view name, std::string_view type, std::string_view help);

/// One line; `labels` as `label` makes them, without braces.
void write_sample(std::string& out, std::string_view name, std::string_view labels, double value);

/// Observations in buckets with fixed upper bounds, and what is above the last.
class Histogram {
public:
    /// `bounds` rise and outlive it.
    explicit Histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}
    void observe(double value);
    void write(std::string& out, std::string_view name, std::string_view labels) const;
    std::uint64_t count() const { return count_; }

private:
    std::span<const double> bounds_;
    std::vector<std::uint64_t> counts_;  // by bucket, not yet summed up
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

}  // namespace lanekeeper::exposition

#pragma once
#include "base/histogram.hpp"

#include <string>
#include <string_view>

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

/// The lines of one: its buckets summed up, its sum and its count.
void write_histogram(std::string& out, std::string_view name, std::string_view labels, const Histogram& histogram);

}  // namespace lanekeeper::exposition

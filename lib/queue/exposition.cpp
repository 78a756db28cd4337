#include "queue/exposition.hpp"

#include <fmt/format.h>

#include <cmath>

namespace lanekeeper::exposition {
namespace {

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return fmt::format("{}", value);
}

std::string escaped(std::string_view text, bool quotes) {
    std::string out;
    for (char c : text) {
        if (c == '\\') out += "\\\\";
        else if (c == '\n') out += "\\n";
        else if (c == '"' && quotes) out += "\\\"";
        else out += c;
    }
    return out;
}

}  // namespace

std::string label(std::string_view name, std::string_view value) {
    return fmt::format("{}=\"{}\"", name, escaped(value, true));
}

void open_family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(help, false), name, type);
}

void write_sample(std::string& out, std::string_view name, std::string_view labels, double value) {
    if (labels.empty()) out += fmt::format("{} {}\n", name, number(value));
    else out += fmt::format("{}{{{}}} {}\n", name, labels, number(value));
}

void write_histogram(std::string& out, std::string_view name, std::string_view labels, const Histogram& histogram) {
    std::string bucket_name = fmt::format("{}_bucket", name);
    std::string before = labels.empty() ? std::string() : fmt::format("{},", labels);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
        below += histogram.in_bucket(i);
        write_sample(out, bucket_name, before + label("le", number(histogram.bounds()[i])), double(below));
    }
    write_sample(out, bucket_name, before + label("le", "+Inf"), double(histogram.count()));
    write_sample(out, fmt::format("{}_sum", name), labels, histogram.sum());
    write_sample(out, fmt::format("{}_count", name), labels, double(histogram.count()));
}

}  // namespace lanekeeper::exposition

#pragma once
#include <cctype>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lanekeeper::testing {

/// Reads the Prometheus text format strictly; throws with the line that breaks a rule. What a scraper would see.
class Exposition {
public:
    struct Family {
        std::string type;
        std::string help;
        std::map<std::string, double> samples;  // "name{labels}" as written
    };
    std::map<std::string, Family> families;

    explicit Exposition(std::string_view text) {
        if (!text.empty() && text.back() != '\n') throw std::runtime_error("the last line has no end");
        while (!text.empty()) {
            auto end = text.find('\n');
            take(text.substr(0, end));
            text.remove_prefix(end + 1);
        }
        for (const auto& [name, family] : families)
            if (family.type.empty()) throw std::runtime_error("family without a TYPE: " + name);
    }

    bool has(const std::string& sample) const { return values_.contains(sample); }
    double at(const std::string& sample) const {
        auto found = values_.find(sample);
        if (found == values_.end()) throw std::runtime_error("no sample " + sample);
        return found->second;
    }

private:
    [[noreturn]] static void refuse(std::string_view line, const char* why) {
        throw std::runtime_error(std::string(why) + ": " + std::string(line));
    }

    void take(std::string_view line) {
        if (line.starts_with("# HELP ")) head(line, line.substr(7), true);
        else if (line.starts_with("# TYPE ")) head(line, line.substr(7), false);
        else if (!line.empty() && line.front() != '#') sample(line);
        else refuse(line, "neither comment nor sample");
    }

    void head(std::string_view line, std::string_view rest, bool help) {
        auto space = rest.find(' ');
        if (space == std::string_view::npos) refuse(line, "a head needs a name and a text");
        std::string name(rest.substr(0, space));
        auto& family = families[name];
        auto& text = help ? family.help : family.type;
        if (!text.empty() || !family.samples.empty()) refuse(line, "said twice, or after its samples");
        text = std::string(rest.substr(space + 1));
        if (!help && text != "counter" && text != "gauge" && text != "histogram") refuse(line, "unknown type");
        open_ = name;
    }

    static bool name_char(char c, bool first) {
        auto u = static_cast<unsigned char>(c);
        return c == '_' || c == ':' || std::isalpha(u) || (!first && std::isdigit(u));
    }

    static std::size_t read_name(std::string_view line, std::size_t at) {
        auto begin = at;
        while (at < line.size() && name_char(line[at], at == begin)) ++at;
        if (at == begin) refuse(line, "a name is missing");
        return at;
    }

    static std::size_t read_labels(std::string_view line, std::size_t at) {
        std::set<std::string> seen;
        while (true) {
            auto end = read_name(line, at);
            if (!seen.insert(std::string(line.substr(at, end - at))).second) refuse(line, "a label twice");
            if (line.substr(end, 2) != "=\"") refuse(line, "a label needs =\"");
            for (at = end + 2; at < line.size() && line[at] != '"'; ++at)
                if (line[at] == '\\' && (++at >= line.size() || std::string_view("\\\"n").find(line[at]) == std::string_view::npos))
                    refuse(line, "an unknown escape");
            if (at >= line.size()) refuse(line, "a label without an end");
            ++at;
            if (line.substr(at, 1) == "}") return at + 1;
            if (line.substr(at, 1) != ",") refuse(line, "labels are separated by commas");
            ++at;
        }
    }

    void sample(std::string_view line) {
        auto end = read_name(line, 0);
        std::string name(line.substr(0, end));
        if (line.substr(end, 1) == "{") end = read_labels(line, end + 1);
        std::string key(line.substr(0, end));
        if (line.substr(end, 1) != " ") refuse(line, "a value follows one space");
        std::string value(line.substr(end + 1));
        char* stop = nullptr;
        double number = value == "+Inf" ? 1e308 * 10 : std::strtod(value.c_str(), &stop);
        if (value.empty() || (stop && *stop != '\0')) refuse(line, "not a number");
        auto family = families.find(open_);
        bool own = name == open_;
        for (const char* suffix : {"_bucket", "_sum", "_count"})
            own = own || (family != families.end() && family->second.type == "histogram" && name == open_ + suffix);
        if (!own) refuse(line, "a sample outside its family");
        if (!values_.emplace(key, number).second) refuse(line, "a sample twice");
        family->second.samples.emplace(key, number);
    }

    std::string open_;
    std::map<std::string, double> values_;
};

}  // namespace lanekeeper::testing

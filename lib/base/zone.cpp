// The one file that knows the library: Abseil's time zones read the system's TZif files, and the rule behind their last
// entry, so that years beyond it are right too.
#include "base/zone.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace lanekeeper {
namespace {

class SystemZone final : public Zone {
public:
    explicit SystemZone(absl::TimeZone zone) : zone_(zone) {}

    ZoneInstant instant(const LocalTime& local) const override {
        auto found = zone_.At(absl::CivilSecond(local.year, local.month, local.day, local.hour, local.minute, 0));
        switch (found.kind) {
            case absl::TimeZone::TimeInfo::SKIPPED: return {ZoneInstant::Kind::skipped, wall(found.trans)};
            case absl::TimeZone::TimeInfo::REPEATED: return {ZoneInstant::Kind::repeated, wall(found.pre)};
            default: return {ZoneInstant::Kind::unique, wall(found.pre)};
        }
    }

    LocalTime local(WallTime time) const override {
        auto civil = zone_.At(absl::FromUnixMillis(to_ms(time))).cs;
        LocalTime local;
        local.year = int(civil.year());
        local.month = civil.month();
        local.day = civil.day();
        local.hour = civil.hour();
        local.minute = civil.minute();
        return local;
    }

private:
    static WallTime wall(absl::Time time) { return from_ms(absl::ToUnixMillis(time)); }

    absl::TimeZone zone_;
};

/// Where the library looks, too.
std::string zone_folder() {
    const char* named = std::getenv("TZDIR");
    return named && *named ? named : "/usr/share/zoneinfo";
}

/// Names of the zone database and nothing else: no paths out of its folder.
bool is_zone_name(const std::string& name) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    return !name.empty() && name.size() <= 64 && name.find_first_not_of(letters) == std::string::npos && name.front() != '/' &&
           name.back() != '/' && name.find("//") == std::string::npos && !name.starts_with("right/");  // those count leap seconds
}

/// The library remembers every name it was asked for, wrong ones too: it is asked for right ones alone.
bool holds_zone(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return false;
    char magic[4] = {};
    std::ifstream file(path, std::ios::binary);
    return file.read(magic, sizeof magic) && std::string_view(magic, sizeof magic) == "TZif";
}

}  // namespace

Result<std::shared_ptr<const Zone>> find_zone(const std::string& name) {
    absl::TimeZone zone = absl::UTCTimeZone();
    if (name != "UTC") {
        auto folder = zone_folder();
        std::error_code error;
        if (!std::filesystem::is_directory(folder, error))
            return Problem("zone_data_missing", fmt::format("there is no time zone data in {}: install the package tzdata", folder));
        bool known = is_zone_name(name) && holds_zone(folder + "/" + name) && absl::LoadTimeZone(name, &zone);
        if (!known) return Problem("unknown_zone", "must be the name of a time zone, such as UTC or Europe/Berlin");
    }
    std::shared_ptr<const Zone> found = std::make_shared<SystemZone>(zone);
    return found;
}

}  // namespace lanekeeper

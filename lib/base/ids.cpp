#include "base/ids.hpp"

namespace lanekeeper {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::string_view job_prefix = "job_";
constexpr std::size_t job_digits = 13;
constexpr int counter_bits = 21;
constexpr std::uint64_t first_numbers = (std::uint64_t(1) << 39) - 1;  // as many are left to rise to in one millisecond

void append_base32(std::string& out, std::uint64_t value, std::size_t digits) {
    for (std::size_t i = digits; i-- > 0;) {
        auto shift = i * 5;
        out += alphabet[shift >= 64 ? 0 : (value >> shift) & 31];
    }
}

std::string time_id(std::string_view prefix, std::int64_t ms, std::uint64_t high, std::uint64_t low) {
    std::string id(prefix);
    id += '_';
    append_base32(id, std::uint64_t(ms), 10);
    append_base32(id, high, 8);
    append_base32(id, low, 8);
    return id;
}

}  // namespace

std::string job_id(std::int64_t key) {
    std::string id(job_prefix);
    append_base32(id, std::uint64_t(key), job_digits);
    return id;
}

std::optional<std::int64_t> job_key(std::string_view id) {
    if (id.size() != job_prefix.size() + job_digits || id.substr(0, job_prefix.size()) != job_prefix) return {};
    std::uint64_t value = 0;
    for (char c : id.substr(job_prefix.size())) {
        auto digit = alphabet.find(c);
        if (digit == std::string_view::npos || value >> 59 != 0) return {};
        value = value << 5 | digit;
    }
    if (value >> 63 != 0) return {};
    return std::int64_t(value);
}

std::int64_t JobKeys::next(WallTime now) {
    std::int64_t from_clock = to_ms(now) << counter_bits;
    last_ = from_clock > last_ ? from_clock : last_ + 1;
    return last_;
}

std::string new_id(std::string_view prefix, WallTime now, Random& random) {
    auto high = random.next();
    return time_id(prefix, to_ms(now), high, random.next());
}

std::string RisingIds::next(std::string_view prefix, WallTime now) {
    std::lock_guard lock(mutex_);
    auto fresh = random_.next();
    if (to_ms(now) > ms_) {
        ms_ = to_ms(now);
        number_ = fresh & first_numbers;
    } else {
        ++number_;
    }
    return time_id(prefix, ms_, number_, random_.next());
}

}  // namespace lanekeeper

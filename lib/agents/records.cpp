#include "agents/records.hpp"

#include <iterator>

namespace lanekeeper {
namespace {

constexpr std::size_t page = 1000;

/// Appends; the order to go on after, 0 at the end.
std::int64_t take(std::vector<Record>& all, std::vector<Record> some) {
    bool more = some.size() == page;
    std::move(some.begin(), some.end(), std::back_inserter(all));
    return more ? all.back().order : 0;
}

}  // namespace

Task<std::vector<Record>> all_records(Store& store, std::string kind, std::string scope) {
    std::vector<Record> all;
    std::int64_t after = 0;
    do {
        auto some = co_await store.records(kind, scope, after, page);
        after = take(all, std::move(some));
    } while (after != 0);
    co_return all;
}

Task<std::vector<Record>> all_records_of_kind(Store& store, std::string kind) {
    std::vector<Record> all;
    std::int64_t after = 0;
    do {
        auto some = co_await store.records_of_kind(kind, after, page);
        after = take(all, std::move(some));
    } while (after != 0);
    co_return all;
}

}  // namespace lanekeeper

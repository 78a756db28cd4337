#pragma once
#include "store/store.hpp"

namespace lanekeeper {

/// All records of one scope, or of one kind, in order: read a page at a time, so that no read holds the store for long.
Task<std::vector<Record>> all_records(Store& store, std::string kind, std::string scope);
Task<std::vector<Record>> all_records_of_kind(Store& store, std::string kind);

}  // namespace lanekeeper

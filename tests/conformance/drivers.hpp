#pragma once
#include "support/catch.hpp"
#include "support/store_fixture.hpp"

/// Opens `s`, a store of each driver in turn.
#define FOR_EACH_DRIVER(s)                                                                                          \
    auto driver = GENERATE(lanekeeper::StoreDriver::memory, lanekeeper::StoreDriver::sqlite, lanekeeper::StoreDriver::json); \
    CAPTURE(int(driver));                                                                                           \
    lanekeeper::testing::StoreFixture s(driver)

/// Those that remember.
#define FOR_EACH_DURABLE_DRIVER(s)                                                              \
    auto driver = GENERATE(lanekeeper::StoreDriver::sqlite, lanekeeper::StoreDriver::json); \
    CAPTURE(int(driver));                                                                       \
    lanekeeper::testing::StoreFixture s(driver)

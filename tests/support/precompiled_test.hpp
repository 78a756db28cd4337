#pragma once
// Compiled once for all test programs.
#include "precompiled_async.hpp"
#include "support/catch.hpp"

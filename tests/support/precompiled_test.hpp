#pragma once
// Compiled once for all test programs.
#include "async/precompiled.hpp"
#include "support/catch.hpp"

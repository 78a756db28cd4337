#pragma once
// What nearly every source of the test build reads.
#include "async/on_strand.hpp"
#include "async/time_source.hpp"
#include "base/json.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <fmt/format.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#pragma once
// The JSON library under the name that the rest of the code uses.
#include <boost/json.hpp>

namespace lanekeeper {
namespace json = boost::json;
}

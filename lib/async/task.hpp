#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace lanekeeper {

namespace asio = boost::asio;

/// A coroutine of ours. It runs on the executor of whoever awaits it.
template <class T = void>
using Task = asio::awaitable<T>;

}  // namespace lanekeeper

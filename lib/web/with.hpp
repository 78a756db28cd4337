#pragma once
#include <type_traits>

namespace lanekeeper::web {

/// A copy with one member set. For tables of constants.
template <class T, class V>
constexpr T with(T copy, V T::*member, std::type_identity_t<V> value) {
    copy.*member = value;
    return copy;
}

}  // namespace lanekeeper::web

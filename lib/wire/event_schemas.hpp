#pragma once
#include "wire/object_schemas.hpp"

namespace lanekeeper::wire {

/// The envelope of every event, by its `type` (api.md 7). The runtime's own notifications share two: `notification`, and
/// `app_server`, whose type says the method.
std::vector<NamedSchema> event_schemas();

/// What the daemon says on a stream beside events: ready, subscribed, unsubscribed, resync, pong, error.
std::vector<NamedSchema> stream_schemas();

/// What a client may say on its WebSocket.
std::vector<NamedSchema> command_schemas();

}  // namespace lanekeeper::wire

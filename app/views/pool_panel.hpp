#pragma once
// The left side: a pool made by hand, and its slots.

#include "app/views/scene.hpp"

namespace mh {

/// Pool, once it is opened: an object's size, create; of the pool made last alloc, free (the last
/// object), destroy.
void draw_pool_panel(Scene& scene);

}  // namespace mh

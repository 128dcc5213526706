#pragma once
// What stands in the empty heap: the first click.

#include "app/views/scene.hpp"

namespace mh {

/// In the middle of the map, which lies from `from` to `to`.
void draw_welcome(Scene& scene, ImVec2 from, ImVec2 to);

}  // namespace mh

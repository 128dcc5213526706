#pragma once
// The list of keys (F1).

#include "app/views/scene.hpp"

namespace mh {

/// The list, over everything else; a click or Escape closes it.
void draw_help(Scene& scene, ImVec2 display);

}  // namespace mh

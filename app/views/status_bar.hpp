#pragma once
// The line at the foot: live or past, events, what was lost, whether the map is the heap.

#include "app/views/scene.hpp"

namespace mh {

/// Draws into the current window, from `from` to `to` (ImGui's units).
void draw_status_bar(Scene& scene, ImVec2 from, ImVec2 to);

}  // namespace mh

#pragma once
// What stands under the map: the timeline, the list of calls, the list of errors.

#include "app/views/scene.hpp"

namespace mh {

/// Draws the choice at the left of the panel's title and takes a click on it.
void draw_lower_tabs(Scene& scene, ImVec2 panel);
/// From the panel's left edge to the end of the choice.
[[nodiscard]] float lower_tabs_width(const Ui& ui);

}  // namespace mh

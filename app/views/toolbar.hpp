#pragma once
// The bar at the top: transport, speed, colour, theme, picture.

#include <optional>

#include "app/model/window_layout.hpp"
#include "app/views/scene.hpp"

namespace mh {

/// The program's name and the tabs, at the left end of a bar at origin: 0 the lab, or the
/// program that is shown instead of it, 1 the lessons. Returns the one that was clicked.
std::optional<int> draw_tabs(const Ui& ui, ImVec2 origin, float height, int chosen, bool program,
                             const ToolbarLayout& layout = {});

/// Draws the bar into the current window, width wide and height high (ImGui's units).
void draw_toolbar(Scene& scene, float width, float height);

/// The player's speed and the slider's place: 0 to 1, logarithmic from one event per second, 1: no
/// limit.
[[nodiscard]] float speed_to_slider(double events_per_second);
[[nodiscard]] double slider_to_speed(float place);

}  // namespace mh

#pragma once
// The right side while nothing is selected: where each byte of the heap is, and what the engine has
// done so far.

#include "app/views/scene.hpp"

namespace mh {

void draw_heap_panel(Scene& scene);

}  // namespace mh

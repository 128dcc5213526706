#pragma once
// The left side of the window while a program's heaps are shown: what it is, how it goes, and its
// processes.

#include "app/views/scene.hpp"

namespace mh {

void draw_program_panel(Scene& scene);

}  // namespace mh

#pragma once
// Why the selected block is set aside: a few lines of the inspector.

#include "app/views/scene.hpp"

namespace mh {

/// Nothing for a block that is not set aside.
void draw_damage_note(Scene& scene, const PictureBlock& block);

}  // namespace mh

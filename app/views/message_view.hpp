#pragma once
// The sentence to the user that lies over the map for some seconds.

#include "app/views/scene.hpp"

namespace mh {

/// Draws it at the foot of [from, to). False: its time is over, or there is none.
bool draw_message(const Ui& ui, const Message& message, double now, ImVec2 from, ImVec2 to);

}  // namespace mh

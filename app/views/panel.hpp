#pragma once
// A part of the window with its own ground.

#include "app/render/imgui_compat.hpp"

namespace mh {

/// Begins one; end with ImGui::End().
void begin_panel(const char* id, ImVec2 from, ImVec2 to, ImU32 ground, ImVec2 padding,
                 bool scrolls);

}  // namespace mh

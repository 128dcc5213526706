#include "app/views/panel.hpp"

namespace mh {

void begin_panel(const char* id, ImVec2 from, ImVec2 to, ImU32 ground, ImVec2 padding,
                 bool scrolls) {
  ImGui::SetNextWindowPos(from);
  ImGui::SetNextWindowSize({to.x - from.x, to.y - from.y});
  ImGui::PushStyleColor(ImGuiCol_WindowBg, ground);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, padding);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1, 1));
  ImGuiWindowFlags flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                           ImGuiWindowFlags_NoSavedSettings |
                           ImGuiWindowFlags_NoBringToFrontOnFocus;
  if (scrolls) {
    flags &= ~ImGuiWindowFlags_NoScrollbar;
  } else {
    flags |= ImGuiWindowFlags_NoScrollWithMouse;
  }
  ImGui::Begin(id, nullptr, flags);
  ImGui::PopStyleVar(2);
  ImGui::PopStyleColor();
}

}  // namespace mh

#include "app/views/ui_text_field.hpp"

#include <algorithm>
#include <array>

namespace mh {

bool text_field(const Ui& ui, const char* name, std::string& text, float width, const char* unit) {
  std::array<char, 64> buffer{};
  std::copy_n(text.begin(), std::min(text.size(), buffer.size() - 1), buffer.begin());
  const std::string id = std::string("##") + name;
  imgui_compat::push_font(ui.fonts().mono_large);
  const float height = ui.px(32);
  const float line = imgui_compat::font_size(*ui.fonts().mono_large);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(ui.px(10), (height - line) / 2));
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
  ImGui::SetNextItemWidth(width);
  const bool entered =
      ImGui::InputText(id.c_str(), buffer.data(), buffer.size(),
                       ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
  text = buffer.data();
  ImGui::PopStyleVar(2);
  ImGui::PopFont();
  ui.target(name);
  const ImVec2 to = ImGui::GetItemRectMax();
  const ImVec2 size = ui.text_size(ui.fonts().small, unit);
  const ImVec2 from = ImGui::GetItemRectMin();
  ui.text_at(*ImGui::GetWindowDrawList(), {to.x - size.x - ui.px(10), (from.y + to.y - size.y) / 2},
             ui.fonts().small, ui.theme().text_dim, unit);
  return entered;
}

}  // namespace mh

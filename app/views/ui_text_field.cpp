#include "app/views/ui_text_field.hpp"

#include <algorithm>
#include <array>

namespace mh {
namespace {

using Takes = bool (*)(std::string_view);

/// Leaves out the letters that the field does not take.
int leave_out(ImGuiInputTextCallbackData* data) {
  const Takes takes = *static_cast<const Takes*>(data->UserData);
  const std::string_view typed(data->Buf, static_cast<std::size_t>(data->BufTextLen));
  if (takes(typed)) return 0;
  std::string kept;
  for (const char letter : typed) {
    if (takes(kept + letter)) kept += letter;
  }
  data->DeleteChars(0, data->BufTextLen);
  data->InsertChars(0, kept.data(), kept.data() + kept.size());
  return 0;
}

}  // namespace

bool text_field(const Ui& ui, const char* name, std::string& text, float width, const char* unit,
                const FieldLook& look) {
  std::array<char, 128> buffer{};
  std::copy_n(text.begin(), std::min(text.size(), buffer.size() - 1), buffer.begin());
  const std::string id = std::string("##") + name;
  ImFont* const font = look.small ? ui.fonts().body : ui.fonts().mono_large;
  imgui_compat::push_font(font);
  const float height = ui.px(look.height);
  const float line = imgui_compat::font_size(*font);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(ui.px(10), (height - line) / 2));
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
  ImGui::SetNextItemWidth(width);
  Takes takes = look.takes;
  const ImGuiInputTextFlags flags =
      ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll |
      (look.takes != nullptr ? ImGuiInputTextFlags_CallbackEdit : ImGuiInputTextFlags_None);
  const bool entered = ImGui::InputText(id.c_str(), buffer.data(), buffer.size(), flags,
                                        takes != nullptr ? leave_out : nullptr, &takes);
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

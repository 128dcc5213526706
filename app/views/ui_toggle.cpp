#include "app/views/ui_toggle.hpp"

namespace mh {
namespace {

constexpr float row_height = 21;

/// An invisible button over a row with a text from x on. True: it was clicked.
bool row(const Ui& ui, const char* name, std::string_view label, float width, float text_x,
         ImFont* font, ImU32 colour) {
  const bool clicked = ImGui::InvisibleButton(name, {width, ui.px(row_height)});
  ui.target(name);
  const ImVec2 from = ImGui::GetItemRectMin();
  const std::string shown = ui.fit(font, label, width - text_x);
  const float height = ui.text_size(font, shown).y;
  const bool over = ImGui::IsItemHovered() || ImGui::IsItemFocused();
  ui.text_at(*ImGui::GetWindowDrawList(),
             {from.x + text_x, from.y + (ui.px(row_height) - height) / 2}, font,
             over ? ui.theme().text : colour, shown);
  return clicked;
}

}  // namespace

bool toggle(const Ui& ui, const char* name, std::string_view label, bool on, float width) {
  const Theme& t = ui.theme();
  const float pill = ui.px(26);
  const bool clicked = row(ui, name, label, width, pill + ui.px(8), ui.fonts().body, t.text);
  const bool over = ImGui::IsItemHovered() || ImGui::IsItemFocused();
  const float height = ui.px(14);
  const ImVec2 at(ImGui::GetItemRectMin().x,
                  ImGui::GetItemRectMin().y + (ui.px(row_height) - height) / 2);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImU32 ground = on     ? over ? t.accent_hover : t.accent
                       : over ? t.control_press
                              : t.control_hover;
  list.AddRectFilled(at, {at.x + pill, at.y + height}, ground, height / 2);
  const float x = on ? at.x + pill - height / 2 : at.x + height / 2;
  list.AddCircleFilled({x, at.y + height / 2}, height / 2 - ui.px(2),
                       on ? IM_COL32_WHITE : t.text_dim, 20);
  return clicked;
}

bool fold(const Ui& ui, const char* name, std::string_view label, bool open, float width) {
  const bool clicked = row(ui, name, label, width, ui.px(16), ui.fonts().body, ui.theme().text_dim);
  const ImVec2 at = ImGui::GetItemRectMin();
  const ImVec2 middle(at.x + ui.px(5), at.y + ui.px(row_height) / 2);
  const float s = ui.px(4);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  if (open) {
    list.AddTriangleFilled({middle.x - s, middle.y - s / 2}, {middle.x + s, middle.y - s / 2},
                           {middle.x, middle.y + s}, ui.theme().text_dim);
  } else {
    list.AddTriangleFilled({middle.x - s / 2, middle.y - s}, {middle.x + s, middle.y},
                           {middle.x - s / 2, middle.y + s}, ui.theme().text_dim);
  }
  return clicked;
}

}  // namespace mh

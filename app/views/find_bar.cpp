#include "app/views/find_bar.hpp"

#include <algorithm>
#include <utility>

#include "app/views/ui_text_field.hpp"

namespace mh {

bool FindBar::close() {
  return std::exchange(open_, false);
}

std::optional<FoundBlock> FindBar::draw(Scene& scene, ImVec2 corner, float room) {
  if (!open_) return std::nullopt;
  const Ui& ui = scene.ui;
  const float width = std::min(ui.px(330), room - ui.px(20));
  const ImVec2 from(corner.x - width - ui.px(10), corner.y + ui.px(6));
  const ImVec2 to(corner.x - ui.px(10), from.y + ui.px(44));
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(from, to, ui.theme().panel, ui.px(8));
  list.AddRect(from, to, ui.theme().control_press, ui.px(8));
  ImGui::SetCursorScreenPos({from.x + ui.px(6), from.y + ui.px(6)});
  if (focus_) ImGui::SetKeyboardFocusHere();
  focus_ = false;
  FieldLook look;
  look.small = true;
  const float button = ui.px(56);
  const bool entered = text_field(ui, "find", text_, width - button - ui.px(18),
                                  text_.empty() ? "address, name or size" : "", look);
  if (entered) focus_ = true;
  ImGui::SameLine(0, ui.px(6));
  const bool clicked = ui.button("find:go", "Find", {button, ui.px(32)});
  if (!entered && !clicked) return std::nullopt;
  return find_block(scene.picture(), text_, scene.state.selected);
}

}  // namespace mh

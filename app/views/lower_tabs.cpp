#include "app/views/lower_tabs.hpp"

#include <array>

#include "app/model/format.hpp"

namespace mh {
namespace {

constexpr float left = 14;
constexpr float width = 222;

}  // namespace

void draw_lower_tabs(Scene& scene, ImVec2 panel) {
  const Ui& ui = scene.ui;
  constexpr std::array<const char*, 3> names{"Timeline", "Calls", "Errors"};
  ImGui::SetCursorScreenPos({panel.x + ui.px(left), panel.y + ui.px(7)});
  const auto clicked = ui.segmented(
      "lower", names, static_cast<int>(scene.state.lower), ui.px(width), [](int which) {
        return std::string(which == 0   ? "Bytes by kind over time; drag it to go into the past"
                           : which == 1 ? "All calls in order  (A)"
                                        : "All errors that were noticed or found  (X)");
      });
  if (clicked) scene.state.lower = static_cast<Lower>(*clicked);
}

float lower_tabs_width(const Ui& ui) {
  return ui.px(left + width);
}

}  // namespace mh
